//! The real fossil's links, and texts put together from fragments.

pub(crate) mod cases;

use std::{
    env,
    fmt::Write as _,
    fs,
    path::PathBuf,
    process::{Command, Output, Stdio},
};

use outcrop_repo::markup::Markup;
use tempfile::TempDir;

/// The real fossil, with a folder to hand it texts.
pub(crate) struct Fossil {
    program: PathBuf,
    release: (u32, u32),
    folder: TempDir,
}

/// The last release that is known to read lists and quotes as we do.
const LAST_SAME_RELEASE: (u32, u32) = (2, 21);

impl Fossil {
    pub(crate) fn find() -> Self {
        let program = env::var_os("OUTCROP_FOSSIL").unwrap_or_else(|| "fossil".into());
        let mut fossil =
            Self { program: program.into(), release: (0, 0), folder: tempfile::tempdir().unwrap() };
        let version = String::from_utf8(fossil.run(&["version"]).stdout).unwrap();
        let release = version.split_whitespace().find_map(|word| {
            let (major, minor) = word.split_once('.')?;
            Some((major.parse().ok()?, minor.parse().ok()?))
        });
        fossil.release = release.unwrap_or_else(|| panic!("`fossil version` says {version:?}"));
        fossil
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(&self.program)
            .args(arguments)
            .current_dir(self.folder.path())
            .env("HOME", self.folder.path())
            .env("FOSSIL_HOME", self.folder.path())
            .env("USER", "alice")
            .stdin(Stdio::null())
            .output()
            .unwrap_or_else(|error| {
                panic!(
                    "{}: {error}. This test needs the real fossil: install it \
                     (`apt-get install fossil`), or set OUTCROP_FOSSIL to its path.",
                    self.program.display()
                )
            })
    }

    /// Whether this fossil may read a text otherwise than 2.21 does: later ones end a paragraph where
    /// an item of a list starts, and do not end a quote within fenced code.
    pub(crate) fn may_differ(&self, text: &str) -> bool {
        let is_item = |line: &str| {
            let line = line.trim_start_matches(' ');
            let mark = line.trim_start_matches(|c: char| c.is_ascii_digit());
            let marks = if mark.len() < line.len() { [".", ")", "."] } else { ["*", "+", "-"] };
            marks
                .iter()
                .any(|end| mark.strip_prefix(end).is_some_and(|rest| rest.starts_with([' ', '\t'])))
        };
        let has_item = text.split(['\n', '\r', '>']).any(is_item);
        let has_quoted_fence = text.contains('>') && (text.contains("```") || text.contains("~~~"));
        self.release > LAST_SAME_RELEASE && (has_item || has_quoted_fence)
    }

    /// The links that it finds, each once. `None` if it crashes.
    pub(crate) fn links(&self, text: &[u8], markup: Markup, name: &str) -> Option<Vec<String>> {
        let path = self.folder.path().join(name);
        fs::write(&path, text).unwrap();
        let (mimetype, source) = match markup {
            Markup::Wiki => ("text/x-fossil-wiki", "2"),
            Markup::Comment => ("text/x-fossil-wiki", "0"),
            Markup::Markdown => ("text/x-markdown", "2"),
            Markup::Other => ("text/plain", "2"),
        };
        let path = path.to_str().unwrap();
        let output = self.run(&["test-backlinks", "--mimetype", mimetype, source, "1", path]);
        output.status.code()?;
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
        let mut found: Vec<String> = Vec::new();
        for line in said.lines() {
            let target = line.strip_prefix("target='").and_then(|rest| rest.split('\'').next());
            let target = target.unwrap_or_else(|| panic!("not a target: {line:?}"));
            if found.iter().all(|known| known != target) {
                found.push(target.to_owned());
            }
        }
        Some(found)
    }
}

/// Numbers that look random and are the same on every run (`SplitMix64`).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    /// The numbers that one text is made of.
    pub(crate) fn of_text(seed: usize, text: usize) -> Self {
        Self(((seed as u64) << 32) + text as u64)
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) >> 33).unwrap() % bound.max(1)
    }
}

/// Pieces of wiki texts. `%` stands for a target.
const WIKI: &[&str] = &[
    "[%]",
    "[%|label]",
    "[ %]",
    "[%  ]",
    "[% |x]",
    "[/info/%]",
    "[",
    "]",
    "|",
    "[%",
    "%]",
    "[[%]]",
    "<",
    ">",
    "\"",
    "'",
    "/>",
    "=",
    "-",
    " ",
    " ",
    "\n",
    "\n\n",
    "\t",
    "  *  ",
    "  1.  ",
    "&",
    "&amp;",
    "&#91;",
    "\\",
    "<!--",
    "-->",
    "<nowiki>",
    "</nowiki>",
    "<NoWiki>",
    "<nowiki/>",
    "<verbatim>",
    "</verbatim>",
    "<verbatim",
    "</verbatim",
    "<verbatim id=a>",
    "</verbatim id=a>",
    "<verbatim type=x>",
    "<verbatim type id=a>",
    "<verbatim id>",
    "<verbatim-a>",
    "</verbatim-a>",
    "<verbatim x=a\"\">",
    "<verbatim id=\"a>",
    "<div>",
    "</div>",
    "<div id=a>",
    "</div id=a>",
    "<div id='b'>",
    "</div id='b'>",
    "<div-a>",
    "</div-a>",
    "<div x=a\"\">",
    "</div class=x id=a>",
    "<div",
    "</div",
    "<b>",
    "</b>",
    "<b [%]>",
    "<b '",
    "<pre>",
    "</pre>",
    "<code>",
    "</code>",
    "<foo [%]>",
    "<foo>",
    "<foo ",
    "<h1>",
    "<h7 [%]>",
    " id=a",
    " id='a'",
    " class=\"x\"",
    " type",
    " w=",
    " links id=a",
    "a",
    "id",
    "x=y\"z",
    " align=1 alt=2 name=3 size=4 src=5 face=6 title=7",
    " width=8 id=a",
    "<a href=\"[%]\">",
    "<a href='>[%]'>",
    "</a [%]>",
    "<b/>",
    "<br />",
    "<1>",
    "\r",
];

/// Pieces of Markdown texts.
const MARKDOWN: &[&str] = &[
    "[%](%)",
    "[a](%)",
    "[a]( <%> 'title')",
    "[a](% \"t)",
    "[a](%",
    "[a]\n(%)",
    "[a][r]",
    "[r][]",
    "[r]",
    "[R  s]",
    "[a][ r ]",
    "[%]: %",
    "[r]: %\n",
    "[r s]: <%>\n",
    "[r]:\n %\n",
    "[r]: % 'x'\n",
    "[r]: %\n 'x'\n",
    "[r]: % x\n",
    " [r]: %\n",
    "    [r]: %\n",
    "[",
    "]",
    "(",
    ")",
    "[^",
    "(^",
    "^",
    "[^n]",
    "[^N]",
    "[a][^n]",
    "[a][^]",
    "[n][^]",
    "[^n]: [a](%)\n",
    "[^n]: .x: [a](%)\n",
    "[^n]:\n   [a](%)\n    b\n",
    "[^m]: [^n] (^[a](%)) [a](%)\n",
    "[^m]",
    "(^[a](%))",
    "[a](^[a](%))",
    "(^ .c: [a](%))",
    "(^\n[a](%))",
    "(^ (^ (^ (^[a](%) (^ (^ [a](%)))))))",
    "![a](%)",
    "![a][r]",
    "![[a](%)](x)",
    "!",
    "[[a](%)](%)",
    "[a\\](%)",
    "\\[a](%)",
    "\\",
    "\\\\",
    "*",
    "**",
    "***",
    "_",
    "__",
    "___",
    "****",
    "*[a](%)*",
    "**[a](%)**",
    "***[a](%)***",
    "_[a](%)_",
    "`",
    "``",
    "```",
    "~~~",
    "`[a](%)`",
    "``[a](%) ` ``",
    "\n```\n[a](%)\n```\n",
    "\n~~~~ x\n[a](%)\n~~~~\n",
    "\n```\n[a](%)\n",
    "<",
    ">",
    "<b>",
    "</b>",
    "<a href='[a](%)'>",
    "<http://x[a](%)>",
    "<x@[a](%)>",
    "<!--",
    "-->",
    "<!-- [a](%) -->",
    "\n<pre>\n",
    "\n</pre>\n\n",
    "\n<pre>[a](%)</pre>\n\n",
    "\n<html>\n[a](%)\n</html>\n\n",
    "\n<script>",
    "</script>\n\n",
    "\n<hr>\n",
    "\n<hr [a](%)>\n",
    "\n<!-- [a](%)\n-->\n",
    "\n# [a](%) #\n",
    "\n#[a](%)\n",
    "\n##",
    "#",
    "\n===\n",
    "\n---\n",
    "\n--\n",
    "\n* * *\n",
    "\n***\n",
    "\n",
    "\n",
    "\n\n",
    "\n\n",
    "\n \n",
    "\r\n",
    "\r",
    " ",
    "  ",
    "    ",
    "\t",
    "\n    ",
    "\n\t",
    "\n  ",
    "\n> ",
    "\n>",
    "\n> > ",
    "\n   > ",
    ">",
    "\n- ",
    "\n* ",
    "\n+ ",
    "\n  - ",
    "\n    - ",
    "\n\t- ",
    "\n1. ",
    "\n 2) ",
    "\n    3. ",
    "\n-",
    "\n- - - ",
    "\n\n    [a](%)\n",
    "\n|[a](%)|b|\n",
    "\n a | [a](%)\n",
    "\n|---|:--:|\n",
    "\n---|---\n",
    "|",
    "\\|",
    "\n|",
    "|\n",
    ":",
    "\n|`|[a](%)`|\n",
    "text",
    "a",
    "1",
    ".",
    ",",
    "&amp;",
    "&",
    "'",
    "\"",
    "é",
    "&lt;[a](%)",
];

/// A text in pieces.
pub(crate) fn pieces(markup: Markup, random: &mut Random) -> Vec<String> {
    let fragments = if markup == Markup::Markdown { MARKDOWN } else { WIKI };
    // Few kinds of fragments in one text meet each other more often.
    let kinds = 2 + random.below(12);
    let some: Vec<_> = (0..kinds).map(|_| fragments[random.below(fragments.len())]).collect();
    let mut number = 0;
    (0..=random.below(28))
        .map(|_| {
            let from_all = random.below(4) == 0;
            let fragment = if from_all {
                fragments[random.below(fragments.len())]
            } else {
                some[random.below(some.len())]
            };
            let mut piece = String::new();
            // Some break off.
            let whole = random.below(8) > 0;
            let length = if whole { usize::MAX } else { random.below(fragment.len()) };
            for character in fragment.chars().take(length) {
                if character == '%' {
                    number += 1;
                    write!(piece, "{:04x}", 0xa000 + number).unwrap();
                } else {
                    piece.push(character);
                }
            }
            piece
        })
        .collect()
}
