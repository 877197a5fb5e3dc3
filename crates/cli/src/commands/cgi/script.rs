//! The script of a web server: what stock's `cgi` command reads, line by line.

use std::{ffi::OsString, path::PathBuf, time::Duration};

use outcrop_server::GatewayOptions;
use outcrop_server::entry::Variables;

/// How long an answer may take unless the script says otherwise, as in stock.
const TIMEOUT: Duration = Duration::from_mins(10);

/// Keys of stock that mean nothing here.
const PASSED_OVER: &[&str] = &["notfound:", "localauth", "redirect:", "files:", "cgi-debug:"];

/// What a script says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Script {
    /// The repository, or the folder of repositories.
    pub(super) path: Option<PathBuf>,
    /// Whether folders are shown.
    pub(super) lists: bool,
    /// Where to log to.
    pub(super) error_log: Option<PathBuf>,
    /// How long an answer may take.
    pub(super) timeout: Duration,
    /// Variables that are set, or taken away.
    environment: Vec<(String, Option<String>)>,
    /// The program that makes pages.
    program: Option<PathBuf>,
    /// Its options.
    arguments: Vec<OsString>,
    /// What is to be said of the script.
    pub(super) notes: Vec<String>,
}

impl Script {
    pub(super) fn read(text: &str) -> Self {
        let mut script = Self {
            path: None,
            lists: false,
            error_log: None,
            timeout: TIMEOUT,
            environment: Vec::new(),
            program: None,
            arguments: Vec::new(),
            notes: Vec::new(),
        };
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            if !line.is_empty() && !line.starts_with('#') {
                let (key, value) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
                script.take(number + 1, key, value.trim());
            }
        }
        if script.program.is_none() && !script.arguments.is_empty() {
            script.arguments.clear();
            script.notes.push("lines for pages mean nothing without a line `web:`".to_owned());
        }
        script
    }

    fn take(&mut self, line: usize, key: &str, value: &str) {
        let first = value.split_whitespace().next().unwrap_or_default();
        match (key, first) {
            // A path may hold blanks, unless it is that of a folder, as in stock.
            ("repository:", _) if !value.is_empty() => self.path = Some(value.into()),
            ("directory:", "") | ("repository:", _) => self.note(line, key, "names no path"),
            ("directory:", path) => self.path = Some(path.into()),
            ("repolist", _) => self.lists = true,
            ("errorlog:", path) if !path.is_empty() => self.error_log = Some(path.into()),
            ("timeout:", seconds) => match seconds.parse() {
                Ok(seconds @ 1..) => self.timeout = Duration::from_secs(seconds),
                _ => self.note(line, key, "names no number of seconds"),
            },
            ("setenv:", name) if !name.is_empty() => {
                let value = value.split_once(char::is_whitespace).map(|(_, value)| value.trim());
                self.environment.push((name.to_owned(), value.map(str::to_owned)));
            }
            ("HOME:", path) => self.environment.push(("HOME".to_owned(), Some(path.to_owned()))),
            ("web:", _) if !value.is_empty() => self.program = Some(value.into()),
            ("nossl" | "nocompress", _) => self.arguments.push(format!("--{key}").into()),
            ("skin:" | "jsmode:" | "mainmenu:" | "extroot:", value) => {
                self.arguments.push(format!("--{}", key.trim_end_matches(':')).into());
                self.arguments.push(value.into());
            }
            (key, _) if PASSED_OVER.contains(&key) => {
                self.note(line, key, "is not done here, and passed over");
            }
            _ => self.note(line, key, "is not known, and passed over"),
        }
    }

    fn note(&mut self, line: usize, key: &str, what: &str) {
        self.notes.push(format!("line {line}: `{key}` {what}"));
    }

    /// The variables of the request: those of the process, as the script changes them.
    pub(super) fn variables(
        &self,
        process: impl Iterator<Item = (OsString, OsString)>,
    ) -> Variables {
        let is_changed = |name: &str| self.environment.iter().any(|(changed, _)| changed == name);
        let kept = process.filter_map(|(name, value)| {
            let name = name.into_string().ok()?;
            (!is_changed(&name)).then(|| (name, value.into_encoded_bytes()))
        });
        let set = self
            .environment
            .iter()
            .filter_map(|(name, value)| Some((name.clone(), value.clone()?.into_bytes())));
        kept.chain(set).collect()
    }

    /// How pages are made, if the script says so.
    pub(super) fn web(&self) -> Option<GatewayOptions> {
        let program = self.program.clone()?;
        let set = self
            .environment
            .iter()
            .filter_map(|(name, value)| Some((name.clone().into(), value.clone()?.into())));
        Some(GatewayOptions {
            program,
            arguments: self.arguments.clone(),
            environment: set.collect(),
            page_time: self.timeout,
            ..GatewayOptions::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_of_stock_are_read() {
        let script = Script::read(
            "#!/usr/bin/outcrop cgi\n\
             # a comment\n\
             \n\
             errorlog: /var/log/outcrop.log\n\
             repository: /srv/a project.fossil \n\
             timeout: 9\n\
             setenv: TZ Europe/Berlin \n\
             setenv: HTTP_COOKIE\n\
             HOME: /srv\n\
             nossl\n\
             skin: ardoise\n\
             web: /usr/bin/fossil\n\
             localauth\n\
             redirect: * https://example.org\n\
             colour: green\n\
             timeout: soon\n",
        );
        assert_eq!(script.path, Some("/srv/a project.fossil".into()));
        assert_eq!(script.error_log, Some("/var/log/outcrop.log".into()));
        assert_eq!((script.timeout.as_secs(), script.lists), (9, false));
        assert_eq!(
            script.notes,
            [
                "line 13: `localauth` is not done here, and passed over",
                "line 14: `redirect:` is not done here, and passed over",
                "line 15: `colour:` is not known, and passed over",
                "line 16: `timeout:` names no number of seconds",
            ]
        );
        let web = script.web().unwrap();
        assert_eq!(web.arguments, ["--nossl", "--skin", "ardoise"]);
        assert_eq!(web.program, PathBuf::from("/usr/bin/fossil"));
        let of = |name: &str, value: &str| (OsString::from(name), OsString::from(value));
        assert_eq!(web.environment, [of("TZ", "Europe/Berlin"), of("HOME", "/srv")]);
        let process = [of("HOME", "/root"), of("HTTP_COOKIE", "a=b"), of("PATH_INFO", "/x")];
        let variables = script.variables(process.into_iter());
        let expected = [("PATH_INFO", "/x"), ("TZ", "Europe/Berlin"), ("HOME", "/srv")];
        assert_eq!(variables, expected.into_iter().collect());
    }

    #[test]
    fn folders_are_shown_only_if_the_script_says_so() {
        let script = Script::read("directory: /srv/repos more\nrepolist\nskin: x");
        assert_eq!((script.path.clone(), script.lists), (Some("/srv/repos".into()), true));
        assert_eq!(script.notes, ["lines for pages mean nothing without a line `web:`"]);
        assert!(script.web().is_none());
        let nothing = Script::read("directory:\nrepository:");
        assert_eq!((nothing.path, nothing.notes.len(), nothing.lists), (None, 2, false));
    }
}
