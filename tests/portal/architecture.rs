//! The house rules that the compiler does not know: order of modules, what domain files may use, no inline script.

use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// The modules from left to right (architecture.md); each imports only from its left.
const ORDER: &str = "config clock id < database files mail < policy retention health accounts < portal < web < signin \
    < campaigns < freelancers < applications < shifts < training < readiness < overview < fees < site < privacy < demo \
    < router worker < main";

/// Rooms whose files all serve pages.
const PAGES: [&str; 3] = ["web", "signin", "site"];
/// Files outside the rooms that put everything together.
const OUTSIDE: [&str; 4] = ["router", "worker", "main", "lib"];

struct Source {
    /// Path below `src`.
    path: PathBuf,
    text: String,
}

impl Source {
    /// The top module that the file belongs to.
    fn module(&self) -> String {
        let first = self.path.iter().next().unwrap().to_str().unwrap();
        first.trim_end_matches(".rs").to_owned()
    }

    /// Whether the file holds rows and rules, no pages.
    fn is_domain(&self) -> bool {
        let (module, name) = (self.module(), self.path.file_name().unwrap().to_str().unwrap());
        let is_page = self.path.iter().any(|part| part == "pages" || part == "pages.rs");
        let is_room = self.path.components().count() > 1;
        is_room && !is_page && !PAGES.contains(&&*module) && !["mod.rs", "mails.rs", "html.rs"].contains(&name)
    }

    fn tokens(&self) -> TokenStream {
        self.text.parse().unwrap_or_else(|error| panic!("{}: {error}", self.path.display()))
    }

    /// The literals of the code, SQL among them.
    fn literals(&self) -> Vec<String> {
        let mut flat = Vec::new();
        flatten(self.tokens(), &mut flat);
        flat.iter().filter(|tree| matches!(tree, TokenTree::Literal(_))).map(ToString::to_string).collect()
    }
}

fn files(folder: &str, extension: &str) -> Vec<(PathBuf, String)> {
    fn walk(folder: &Path, extension: &str, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.path() {
                path if path.is_dir() => walk(&path, extension, found),
                path if path.extension().is_some_and(|e| e == extension) => found.push(path),
                _ => {}
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut found = Vec::new();
    walk(&root, extension, &mut found);
    found.sort();
    let read = |path: PathBuf| (path.strip_prefix(&root).unwrap().to_owned(), fs::read_to_string(&path).unwrap());
    found.into_iter().map(read).collect()
}

fn sources() -> Vec<Source> {
    files("src", "rs").into_iter().map(|(path, text)| Source { path, text }).collect()
}

/// Flattens the tokens of a file, macros' contents included, doc comments left out.
fn flatten(tokens: TokenStream, flat: &mut Vec<TokenTree>) {
    for tree in tokens {
        match tree {
            TokenTree::Group(group) => {
                let is_doc = group.delimiter() == Delimiter::Bracket
                    && group.stream().into_iter().next().is_some_and(|first| first.to_string() == "doc");
                if is_doc {
                    continue;
                }
                // Marks where a `{` of `use crate::{…}` begins.
                flat.push(TokenTree::Group(proc_macro2::Group::new(group.delimiter(), TokenStream::new())));
                if group.delimiter() == Delimiter::Brace {
                    flat.push(TokenTree::Group(proc_macro2::Group::new(Delimiter::Brace, group.stream())));
                }
                flatten(group.stream(), flat);
            }
            other => flat.push(other),
        }
    }
}

/// The top modules that a file names after `root::` (`crate`, or `portal` in the program).
fn named_modules(source: &Source, root: &str) -> Vec<String> {
    let mut flat = Vec::new();
    flatten(source.tokens(), &mut flat);
    let mut named = Vec::new();
    for (at, tree) in flat.iter().enumerate() {
        let is_root = matches!(tree, TokenTree::Ident(ident) if ident == root);
        let is_path = [1, 2].iter().all(|n| flat.get(at + n).is_some_and(|t| t.to_string() == ":"));
        let inside = at >= 2 && flat[at - 1].to_string() == ":" && flat[at - 2].to_string() == ":";
        if !is_root || !is_path || inside {
            continue;
        }
        match flat.get(at + 3) {
            Some(TokenTree::Ident(ident)) => named.push(ident.to_string()),
            Some(TokenTree::Group(_)) => {
                if let Some(TokenTree::Group(group)) = flat.get(at + 4) {
                    named.extend(heads(group.stream()));
                }
            }
            _ => {}
        }
    }
    named
}

/// `{a, b::c, d::{e}}` → a, b, d
fn heads(tokens: TokenStream) -> Vec<String> {
    let mut heads = Vec::new();
    let mut expected = true;
    for tree in tokens {
        match tree {
            TokenTree::Ident(ident) if expected => {
                heads.push(ident.to_string());
                expected = false;
            }
            TokenTree::Punct(punct) if punct.as_char() == ',' => expected = true,
            _ => {}
        }
    }
    heads
}

fn none(faults: Vec<String>) {
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn a_module_imports_only_from_its_left() {
    let order: Vec<&str> = ORDER.split_whitespace().filter(|word| *word != "<").collect();
    let place = |module: &str| order.iter().position(|known| *known == module);
    let mut faults = Vec::new();
    for source in sources() {
        let module = source.module();
        if module == "lib" {
            continue;
        }
        let Some(own) = place(&module) else {
            faults.push(format!("{module} has no place in the order of architecture.md"));
            continue;
        };
        let root = if module == "main" { "portal" } else { "crate" };
        for named in named_modules(&source, root) {
            if named != module && place(&named).is_some_and(|there| there > own) {
                faults.push(format!("{}: {module} uses {named}, which stands to its right", source.path.display()));
            }
        }
    }
    none(faults);
}

#[test]
fn domain_files_know_no_pages() {
    let mut faults = Vec::new();
    for source in sources().iter().filter(|source| source.is_domain()) {
        let mut flat = Vec::new();
        flatten(source.tokens(), &mut flat);
        let path = source.path.display();
        for krate in ["axum", "axum_extra", "askama", "askama_web"] {
            if flat.iter().any(|tree| matches!(tree, TokenTree::Ident(ident) if ident == krate)) {
                faults.push(format!("{path} uses {krate}"));
            }
        }
        if named_modules(source, "crate").iter().any(|module| module == "web") {
            faults.push(format!("{path} uses crate::web"));
        }
    }
    none(faults);
}

#[test]
fn sql_never_asks_for_the_time() {
    let asks = |text: &str| {
        let text = text.to_lowercase();
        ["now()", "current_timestamp", "current_date", "clock_timestamp", "localtime"]
            .iter()
            .any(|ask| text.contains(ask))
    };
    let mut faults = Vec::new();
    for source in sources() {
        let literals = source.literals().into_iter();
        faults.extend(literals.filter(|l| asks(l)).map(|l| format!("{}: {l}", source.path.display())));
    }
    for (path, text) in files("migrations", "sql") {
        let code = text.lines().filter(|line| !line.trim_start().starts_with("--"));
        faults.extend(code.filter(|line| asks(line)).map(|line| format!("{}: {line}", path.display())));
    }
    none(faults);
}

/// `in (select … limit n for update)` may be read once for each row, and locks n more each time: an array is read once.
#[test]
fn sql_locks_a_limited_number_of_rows_only_in_an_array() {
    let locks_more = |sql: &str| {
        let sql = sql.split_whitespace().collect::<Vec<_>>().join(" ").replace("in ( select", "in (select");
        sql.split("in (select").skip(1).any(|rest| {
            let mut depth = 1;
            let inside = rest.split_inclusive(['(', ')']).take_while(|part| {
                let is_inside = depth > 0;
                depth += if part.ends_with('(') { 1 } else { -1 };
                is_inside
            });
            let inside: String = inside.collect();
            inside.contains(" limit ") && inside.contains(" for update")
        })
    };
    assert!(locks_more("delete from a where id in ( select id from a where b in (1) limit 5 for update skip locked)"));
    assert!(!locks_more(
        "delete from a where id = any(array(select id from a limit 5 for update)) and b in (select 1)"
    ));
    let mut faults = Vec::new();
    for source in sources() {
        let literals = source.literals().into_iter();
        faults.extend(literals.filter(|l| locks_more(l)).map(|l| format!("{}: {l}", source.path.display())));
    }
    none(faults);
}

#[test]
fn every_file_says_what_it_is_for() {
    let all = ["src", "tests/portal", "benches"].into_iter().flat_map(|folder| files(folder, "rs"));
    let faults = all.filter(|(_, text)| !text.starts_with("//!")).map(|(path, _)| path.display().to_string());
    none(faults.collect());
}

#[test]
fn templates_have_no_inline_script_or_style_and_no_unescaped_text() {
    let mut faults = Vec::new();
    let pages = files("templates", "html");
    for (path, text) in pages {
        for (number, line) in text.lines().enumerate() {
            let place = format!("{}:{}", path.display(), number + 1);
            let compact: String = line.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
            if compact.contains("<style") || compact.contains(" style=") {
                faults.push(format!("{place}: inline style"));
            }
            let inline_script = compact.contains("<script") && !compact.contains("src=");
            if inline_script
                || [" onclick=", " onchange=", " onsubmit=", " oninput=", " onload=", "hx-on"]
                    .iter()
                    .any(|on| compact.contains(on))
            {
                faults.push(format!("{place}: inline script"));
            }
            if compact.replace(' ', "").contains("|safe") {
                faults.push(format!("{place}: the safe filter"));
            }
        }
    }
    none(faults);
}

#[test]
fn everything_outside_has_its_place() {
    // A new top-level file must be thought about: is it a room, or does it put rooms together?
    let known: Vec<&str> = ORDER.split_whitespace().chain(OUTSIDE).collect();
    none(sources().iter().map(Source::module).filter(|module| !known.contains(&&**module)).collect());
}
