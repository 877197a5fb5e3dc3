//! Email addresses of those who make tickets, kept from the public.
//!
//! In the artifact stands a SHA1 hash instead of the address. What it stands for is kept beside the
//! artifacts, and sent only to those with the right `e`.

use outcrop_format::hash::{HashName, sha1_of_parts};

use crate::artifact::Moment;
use crate::setting::seconds;
use crate::tx::{DatabaseError, ReadTx, WriteTx};

impl ReadTx {
    /// What was concealed under this hash, if it is known here.
    pub fn revealed(&self, hash: &str) -> Result<Option<String>, DatabaseError> {
        self.concealed_text(hash)
    }
}

impl WriteTx {
    /// Conceals a text, and gives the hash to be written instead. What looks like a hash already is
    /// left as it is.
    pub fn conceal(&self, text: &str, now: Moment) -> Result<String, DatabaseError> {
        if HashName::parse(text.as_bytes()).is_ok() {
            return Ok(text.to_owned());
        }
        let hash = sha1_of_parts([text.as_bytes()]).to_string();
        self.insert_concealed(&hash, text, seconds(now))?;
        Ok(hash)
    }
}
