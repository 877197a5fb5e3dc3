//! Which settings travel, and with which area.

use super::areas::Areas;

/// Settings of the script language of the web pages.
const SCRIPTS: Areas = Areas::SKIN.union(Areas::TICKET).union(Areas::TRANSFER);

/// The settings that are sent and received, in the order in which they are sent. Those of 2.21 and
/// of 2.29: neither release minds what only the other knows.
pub(crate) const SETTINGS: &[(Areas, &[&str])] = &[
    (Areas::CSS, &["css"]),
    (
        Areas::SKIN,
        &[
            "header",
            "mainmenu",
            "footer",
            "details",
            "js",
            "default-skin",
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
            "timeline-hard-newlines",
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
        ],
    ),
    (SCRIPTS, &["th1-hooks", "th1-uri-regexp"]),
    (
        Areas::PROJECT,
        &[
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
            "forum-statuses",
            "path-to-tag",
        ],
    ),
    (
        Areas::TICKET,
        &[
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
        ],
    ),
    (Areas::USER, &["user-color-map"]),
    (
        Areas::TRANSFER,
        &["xfer-common-script", "xfer-push-script", "xfer-commit-script", "xfer-ticket-script"],
    ),
];

/// Settings that hold programs, or let programs run. Releases before 2.25 sent and received them;
/// later ones do neither, since whoever runs a server could then run programs on the machines of
/// those who pull.
const SENSITIVE: &[&str] = &["tcl", "tcl-setup", "th1-docs", "th1-setup"];

/// Settings whose names begin so travel too, with an area of their own.
pub(crate) const PREFIXES: [(&str, Areas); 2] =
    [(ALIAS_PREFIX, Areas::ALIAS), (INTERWIKI_PREFIX, Areas::INTERWIKI)];

/// Before the path of an alias.
pub(crate) const ALIAS_PREFIX: &str = "walias:/";

/// Before the prefix of links to another wiki.
pub(crate) const INTERWIKI_PREFIX: &str = "interwiki:";

/// What may become of a setting that is to travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Travels {
    /// It belongs to these areas.
    With(Areas),
    /// It may do harm elsewhere.
    Never,
    /// It stays where it is.
    Unknown,
}

/// Whether a setting travels.
pub(super) fn travels(name: &str) -> Travels {
    if SENSITIVE.contains(&name) {
        return Travels::Never;
    }
    let listed = SETTINGS.iter().find(|(_, names)| names.contains(&name));
    let prefixed = || PREFIXES.iter().find(|(prefix, _)| name.starts_with(prefix));
    match listed.map(|(areas, _)| *areas).or_else(|| Some(prefixed()?.1)) {
        Some(areas) => Travels::With(areas),
        None => Travels::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_travel_with_their_areas() {
        for (name, expected) in [
            ("css", Travels::With(Areas::CSS)),
            ("hash-policy", Travels::With(Areas::PROJECT)),
            ("user-color-map", Travels::With(Areas::USER)),
            ("xfer-push-script", Travels::With(Areas::TRANSFER)),
            ("th1-uri-regexp", Travels::With(SCRIPTS)),
            ("walias:/old", Travels::With(Areas::ALIAS)),
            ("interwiki:stone", Travels::With(Areas::INTERWIKI)),
            ("tcl-setup", Travels::Never),
            ("th1-setup", Travels::Never),
            ("walias:old", Travels::Unknown),
            ("CSS", Travels::Unknown),
            ("", Travels::Unknown),
            ("project-code", Travels::Unknown),
            ("server-code", Travels::Unknown),
            ("last-sync-pw", Travels::Unknown),
            ("email-send-command", Travels::Unknown),
            ("outcrop-state", Travels::Unknown),
        ] {
            assert_eq!(travels(name), expected, "{name}");
        }
    }

    #[test]
    fn no_setting_is_listed_twice() {
        let mut names: Vec<_> = SETTINGS.iter().flat_map(|(_, names)| *names).collect();
        let count = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), count);
        assert!(names.iter().all(|name| !SENSITIVE.contains(name)));
    }
}
