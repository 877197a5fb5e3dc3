//! The files of a check-in, changed.

use std::collections::BTreeMap;

use super::{
    Fate, Kind,
    world::{FileState, World},
};

/// What a new check-in's files are: by name the state, and the names they had before.
pub(super) type Files = BTreeMap<String, FileState>;

const ODD_NAMES: &[&str] = &[
    "a b.txt",
    "dir/ü.c",
    "it's.h",
    "[x].c",
    "\"q\".txt",
    "100%.md",
    "dir/sub dir/deep.txt",
    "日本/語.txt",
    "back\\slash",
    "#hash",
    "-dash",
    "UPPER.TXT",
    "dir/UPPER.txt",
    ".dot",
];

impl World {
    /// Changes some files; gives the former names of those that are renamed.
    pub(super) fn edit_files(&mut self, files: &mut Files, fate: Fate) -> BTreeMap<String, String> {
        let mut renamed = BTreeMap::new();
        for _ in 0..=self.random.below(4) {
            let names: Vec<String> = files.keys().cloned().collect();
            let choice = if names.len() < 4 { 0 } else { self.random.below(14) };
            match choice {
                0 | 1 => {
                    let name = self.new_name();
                    let hash = self.new_file(fate);
                    files.insert(name, FileState { hash, perm: "" });
                }
                2 => {
                    files.remove(self.random.pick(&names));
                }
                3 => {
                    let state = files.get_mut(self.random.pick(&names)).unwrap();
                    state.perm = ["x", "", "l", "x"][self.random.below(4)];
                }
                4 | 5 if self.shape.renames && renamed.is_empty() => {
                    self.rename(files, &names, &mut renamed, fate);
                }
                _ => {
                    let state = files.get_mut(self.random.pick(&names)).unwrap();
                    state.hash = self.edit(&state.hash.clone(), fate);
                }
            }
        }
        renamed.retain(|name, _| files.contains_key(name));
        renamed
    }

    /// Renames one file, perhaps to a name that another has, which takes the first one's.
    fn rename(
        &mut self,
        files: &mut Files,
        names: &[String],
        renamed: &mut BTreeMap<String, String>,
        fate: Fate,
    ) {
        let from = self.random.pick(names).clone();
        let to = match self.random.below(3) {
            0 => self.random.pick(names).clone(),
            _ => self.new_name(),
        };
        if from == to {
            return;
        }
        let mut moved = files.remove(&from).unwrap();
        if self.random.one_in(3) {
            moved.hash = self.edit(&moved.hash.clone(), fate);
        }
        if let Some(other) = files.insert(to.clone(), moved) {
            if self.random.one_in(2) {
                files.insert(from.clone(), other);
                renamed.insert(from.clone(), to.clone());
            }
        } else if self.random.one_in(4) {
            // The old name is taken at once by something new.
            let hash = self.new_file(fate);
            files.insert(from.clone(), FileState { hash, perm: "" });
        }
        renamed.insert(to, from);
    }

    fn new_name(&mut self) -> String {
        if self.shape.odd_files && self.random.one_in(3) {
            return (*self.random.pick(ODD_NAMES)).to_owned();
        }
        format!("src/f{}.c", self.random.below(40))
    }

    /// A file that is nothing like another.
    pub(super) fn new_file(&mut self, fate: Fate) -> String {
        let odd = if self.shape.odd_files { self.random.below(9) } else { 9 };
        let bytes = match odd {
            0 => Vec::new(),
            1 => (0..600).map(|_| self.random.any().to_le_bytes()[0]).collect(),
            2 => self.lines(3000).into_bytes(),
            3 => b"target/of/a/link".to_vec(),
            4 => "no newline at the end".into(),
            _ => {
                let lines = 5 + self.random.below(60);
                self.lines(lines).into_bytes()
            }
        };
        self.add(bytes, Kind::File, fate, None)
    }

    fn lines(&mut self, count: usize) -> String {
        let first = self.random.below(1_000_000);
        let line = |line| format!("let name{line} = {};\n", first + line * 7);
        (0..count).map(line).collect::<Vec<_>>().concat()
    }

    /// The next version of a file.
    fn edit(&mut self, hash: &str, fate: Fate) -> String {
        let Some(&number) = self.numbers.get(hash) else { return self.new_file(fate) };
        let mut bytes = self.artifacts[number].bytes.clone();
        let at = self.random.below(bytes.len() + 1);
        let line = format!("edited {}\n", self.random.any());
        bytes.splice(at..at, line.into_bytes());
        self.add(bytes, Kind::File, fate, Some(hash))
    }
}
