//! Which rows of `config` are compared.

/// Which rows of `config` are compared.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum ConfigRows {
    /// None.
    None,
    /// Those of the areas that stock can sync: project, tickets, skin, aliases, transfers.
    #[default]
    Shared,
    /// Those with one of these names.
    Named(Vec<String>),
    /// All of them, those of this file alone too.
    All,
}

/// Names that stock's `config` command syncs.
const SHARED: &[&str] = &[
    "css",
    "header",
    "mainmenu",
    "footer",
    "details",
    "js",
    "logo-mimetype",
    "logo-image",
    "background-mimetype",
    "background-image",
    "icon-mimetype",
    "icon-image",
    "timeline-block-markup",
    "timeline-date-format",
    "timeline-default-style",
    "timeline-dwelltime",
    "timeline-closetime",
    "timeline-max-comment",
    "timeline-plaintext",
    "timeline-truncate-at-blank",
    "timeline-tslink-info",
    "timeline-utc",
    "adunit",
    "adunit-omit-if-admin",
    "adunit-omit-if-user",
    "default-csp",
    "sitemap-extra",
    "safe-html",
    "th1-docs",
    "th1-hooks",
    "th1-setup",
    "th1-uri-regexp",
    "tcl",
    "tcl-setup",
    "project-name",
    "short-project-name",
    "project-description",
    "index-page",
    "manifest",
    "binary-glob",
    "clean-glob",
    "ignore-glob",
    "keep-glob",
    "crlf-glob",
    "crnl-glob",
    "encoding-glob",
    "empty-dirs",
    "dotfiles",
    "parent-project-code",
    "parent-project-name",
    "hash-policy",
    "comment-format",
    "mimetypes",
    "forbid-delta-manifests",
    "mv-rm-files",
    "ticket-table",
    "ticket-common",
    "ticket-change",
    "ticket-newpage",
    "ticket-viewpage",
    "ticket-editpage",
    "ticket-reportlist",
    "ticket-report-template",
    "ticket-key-template",
    "ticket-title-expr",
    "ticket-closed-expr",
    "user-color-map",
    "xfer-common-script",
    "xfer-push-script",
    "xfer-commit-script",
    "xfer-ticket-script",
    "project-code",
];

/// Beginnings of names that are synced too.
const SHARED_FAMILIES: &[&str] = &["walias:", "interwiki:"];

impl ConfigRows {
    /// Whether the row of this name is compared.
    pub(super) fn include(&self, name: &str) -> bool {
        match self {
            Self::None => false,
            Self::Shared => {
                SHARED.contains(&name)
                    || SHARED_FAMILIES.iter().any(|family| name.starts_with(family))
            }
            Self::Named(names) => names.iter().any(|wanted| wanted == name),
            Self::All => true,
        }
    }
}
