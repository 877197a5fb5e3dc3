//! Any bytes are a structural artifact or plain content.

use outcrop_repo::artifact::{Artifact, checksum::z_line};

/// Checks the parser: with the bytes as they are, and with a right checksum below them, which lets
/// the card rules have a look at them.
pub fn artifact(bytes: &[u8]) {
    look_at(bytes);
    look_at(&[bytes, &z_line(bytes)].concat());
}

/// Parses, and decodes what is decoded on demand.
fn look_at(bytes: &[u8]) {
    match Artifact::parse(bytes) {
        Ok(Artifact::CheckIn(check_in)) => {
            for file in &check_in.files {
                assert!(!file.name.decode().is_empty());
                let _ = file.mode();
            }
        }
        Ok(Artifact::Attachment(attachment)) => {
            let _ = attachment.link.file_name();
        }
        Ok(artifact) => {
            let _ = artifact.date().map(|date| date.to_string());
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}
