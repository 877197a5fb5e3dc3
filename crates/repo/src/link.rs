//! Short names for places elsewhere: links to other wikis, and aliases of URLs.

use crate::artifact::Moment;
use crate::config::{ALIAS_PREFIX, INTERWIKI_PREFIX};
use crate::setting::seconds;
use crate::tx::{DatabaseError, ReadTx, WriteTx};

/// A prefix of links, as in `code:Page`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interwiki {
    /// The prefix: letters and digits, in lower case.
    pub code: String,
    /// Where such links lead.
    pub base: String,
    /// What comes before the name of an artifact.
    pub hash: Option<String>,
    /// What comes before the name of a page.
    pub wiki: Option<String>,
}

/// A path that stands for another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alias {
    /// The path that is asked for, with a slash before it.
    pub path: String,
    /// What is answered instead.
    pub target: String,
}

/// Why a link was not kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LinkError {
    /// A prefix of another form.
    #[error("a prefix of links has letters and digits only, unlike {0:?}")]
    Code(String),
    /// A path of another form.
    #[error("an alias begins with a slash and leads somewhere, unlike {0:?}")]
    Path(String),
    /// The database has failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl ReadTx {
    /// The links to other wikis, in the order of their prefixes.
    pub fn interwikis(&self) -> Result<Vec<Interwiki>, DatabaseError> {
        self.interwiki_rows(INTERWIKI_PREFIX)
    }

    /// The aliases of URLs, in the order of their paths.
    pub fn aliases(&self) -> Result<Vec<Alias>, DatabaseError> {
        // The slash is part of the path.
        let name_of = |name: String| format!("/{}", name.strip_prefix(ALIAS_PREFIX).unwrap_or(""));
        let rows = self.setting_rows(ALIAS_PREFIX)?.into_iter();
        Ok(rows
            .map(|row| Alias { path: name_of(row.name), target: row.value.unwrap_or_default() })
            .collect())
    }
}

impl WriteTx {
    /// Keeps a link to another wiki, in place of one with the same prefix.
    pub fn set_interwiki(&self, link: &Interwiki, now: Moment) -> Result<(), LinkError> {
        let code = interwiki_name(&link.code)?;
        Ok(self.put_interwiki(&code, link, seconds(now))?)
    }

    /// Takes a link to another wiki away. Says whether there was one.
    pub fn unset_interwiki(&self, code: &str) -> Result<bool, LinkError> {
        Ok(self.delete_setting(&interwiki_name(code)?)?)
    }

    /// Lets a path stand for another.
    pub fn set_alias(&self, alias: &Alias, now: Moment) -> Result<(), LinkError> {
        if alias.target.is_empty() {
            return Err(LinkError::Path(alias.path.clone()));
        }
        let name = alias_name(&alias.path)?;
        Ok(self.put_setting(&name, &alias.target, seconds(now))?)
    }

    /// Takes an alias away. Says whether there was one.
    pub fn unset_alias(&self, path: &str) -> Result<bool, LinkError> {
        Ok(self.delete_setting(&alias_name(path)?)?)
    }
}

fn interwiki_name(code: &str) -> Result<String, LinkError> {
    if code.is_empty() || !code.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(LinkError::Code(code.to_owned()));
    }
    Ok(format!("{INTERWIKI_PREFIX}{}", code.to_ascii_lowercase()))
}

fn alias_name(path: &str) -> Result<String, LinkError> {
    match path.strip_prefix('/') {
        Some(rest) if !rest.is_empty() => Ok(format!("{ALIAS_PREFIX}{rest}")),
        _ => Err(LinkError::Path(path.to_owned())),
    }
}
