//! `.helmignore`: which files of a chart folder Helm does not read.
//!
//! In: the text of the file. Out: [`Rules`], asked once a folder and once a file. A negated rule works as in
//! Helm, not as in git: whatever does *not* match it is ignored.

use super::glob;

/// The rules, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rules(Vec<Rule>);

#[derive(Clone, Debug)]
struct Rule {
    pattern: String,
    negated: bool,
    only_folders: bool,
    /// The pattern names a path, not just a file's last name.
    whole_path: bool,
}

impl Rules {
    /// Reads the text of a `.helmignore` and adds Helm's own rule, which skips dot files in `templates/`.
    ///
    /// # Errors
    /// Helm's words for a rule that it cannot read.
    pub(crate) fn parse(text: &str) -> Result<Rules, String> {
        let mut rules = Rules::default();
        for line in text.lines() {
            rules.add(line)?;
        }
        rules.add("templates/.?*")?;
        Ok(rules)
    }

    fn add(&mut self, line: &str) -> Result<(), String> {
        let mut rule = line.trim();
        if rule.is_empty() || rule.starts_with('#') {
            return Ok(());
        }
        if rule.contains("**") {
            return Err("double-star (**) syntax is not supported".to_owned());
        }
        glob::matches(rule, "abc").map_err(|_| "syntax error in pattern".to_owned())?;
        let negated = rule.starts_with('!');
        rule = rule.strip_prefix('!').unwrap_or(rule);
        let only_folders = rule.ends_with('/');
        rule = rule.strip_suffix('/').unwrap_or(rule);
        let whole_path = rule.contains('/');
        rule = rule.strip_prefix('/').unwrap_or(rule);
        self.0.push(Rule { pattern: rule.to_owned(), negated, only_folders, whole_path });
        Ok(())
    }

    /// Whether Helm skips the file or folder at `path`, relative to the chart.
    pub(crate) fn skips(&self, path: &str, is_folder: bool) -> bool {
        for rule in &self.0 {
            let name = if rule.whole_path { path } else { path.rsplit('/').next().unwrap_or(path) };
            let matched = glob::matches(&rule.pattern, name).unwrap_or(false);
            let wrong_sort = rule.only_folders && !is_folder;
            if rule.negated {
                if wrong_sort || !matched {
                    return true;
                }
            } else if matched && !wrong_sort {
                return true;
            }
        }
        false
    }

    /// Whether Helm skips the file at `path` or one of the folders above it.
    pub(crate) fn skip_file(&self, path: &str) -> bool {
        path.match_indices('/').any(|(end, _)| self.skips(&path[..end], true)) || self.skips(path, false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(rules: &str, path: &str, skipped: bool) {
        let rules = Rules::parse(rules).expect("the rules of a test can be read");
        assert_eq!(rules.skip_file(path), skipped, "{path}");
    }

    #[test]
    fn rules_skip_as_in_helm() {
        check("", "Chart.yaml", false);
        check("", "templates/.hidden.yaml", true);
        check("*.bak", "files/a.bak", true);
        check("/files/conf/secret.*", "files/conf/secret.txt", true);
        check("tmp?/", "tmp1/x", true);
        check("tmp?/", "tmp1", false);
        check("docs/", "a/docs/x", true);
        check("!keep.txt", "Chart.yaml", true);
        check("!keep.txt", "keep.txt", false);
        assert!(Rules::parse("a/**/b").is_err());
        assert!(Rules::parse("[").is_err());
    }
}
