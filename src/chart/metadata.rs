//! `Chart.yaml`: what a chart says of itself.
//!
//! In: the text of `Chart.yaml` (or of the older `requirements.yaml`). Out: [`Metadata`], with Helm's words where it
//! refuses the text.

use std::rc::Rc;

use regex_lite::Regex;

use super::decode::{self, Fields};
use super::log::is_printable;
use super::version;
use crate::gather::Gather;
use crate::template::Value;
use crate::template::value::{List, ListType, Map, MapType};

/// The fields of `Chart.yaml`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metadata {
    /// Name of the chart.
    pub name: String,
    /// Address of a page about the project.
    pub home: String,
    /// Addresses of source code.
    pub sources: Vec<String>,
    /// Version of the chart, semantic.
    pub version: String,
    /// One sentence.
    pub description: String,
    /// Words to find it by.
    pub keywords: Vec<String>,
    /// Who looks after it; `None` for an empty item, which Helm refuses.
    pub maintainers: Vec<Option<Maintainer>>,
    /// Address of an icon.
    pub icon: String,
    /// `v1` or `v2`.
    pub api_version: String,
    /// Old form of a dependency's condition; Helm only keeps it.
    pub condition: String,
    /// Old form of a dependency's tags; Helm only keeps it.
    pub tags: String,
    /// Version of the application inside.
    pub app_version: String,
    /// Whether it should no longer be used.
    pub deprecated: bool,
    /// Notes for other programs.
    pub annotations: Option<Vec<(String, String)>>,
    /// Constraint on the version of Kubernetes.
    pub kube_version: String,
    /// The charts that it needs; `None` where the file does not name any.
    pub dependencies: Option<Vec<Option<Dependency>>>,
    /// `application` (also when empty) or `library`.
    pub chart_type: String,
}

/// Who looks after a chart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Maintainer {
    /// Name.
    pub name: String,
    /// Address for mail.
    pub email: String,
    /// Address of a page.
    pub url: String,
}

/// A chart that another one needs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dependency {
    /// Its name.
    pub name: String,
    /// Constraint on its version.
    pub version: String,
    /// Where it can be fetched.
    pub repository: String,
    /// Paths of values, with commas between; the first boolean among them decides whether the chart is used.
    pub condition: String,
    /// Tags that switch it together with others.
    pub tags: Vec<String>,
    /// Whether it is used; worked out from condition and tags.
    pub enabled: bool,
    /// Which of its values the parent takes.
    pub import_values: Vec<ImportValue>,
    /// The name under which the parent uses it.
    pub alias: String,
}

/// One item of `import-values`.
#[derive(Clone, Debug, PartialEq)]
pub enum ImportValue {
    /// A key below the child's `exports`.
    Export(String),
    /// A path in the child's values and a path in the parent's.
    Pair(String, String),
    /// Anything else, which Helm passes over.
    Other,
}

impl Metadata {
    /// Reads the text of `Chart.yaml`.
    ///
    /// # Errors
    /// Helm's words behind its `cannot load Chart.yaml: `.
    pub(crate) fn read(text: &str) -> Result<Metadata, String> {
        let mut metadata = Metadata::default();
        metadata.read_over(text)?;
        Ok(metadata)
    }

    /// Reads a text over what is there, as `requirements.yaml` is read over `Chart.yaml`.
    pub(crate) fn read_over(&mut self, text: &str) -> Result<(), String> {
        let node = decode::unmarshal(text)?;
        let fields = Fields::of(&node, "Metadata", "v2.Metadata")?;
        let strings: [(&str, &mut String); 11] = [
            ("name", &mut self.name),
            ("home", &mut self.home),
            ("version", &mut self.version),
            ("description", &mut self.description),
            ("icon", &mut self.icon),
            ("apiVersion", &mut self.api_version),
            ("condition", &mut self.condition),
            ("tags", &mut self.tags),
            ("appVersion", &mut self.app_version),
            ("kubeVersion", &mut self.kube_version),
            ("type", &mut self.chart_type),
        ];
        for (name, target) in strings {
            if fields.node(name).is_some() {
                *target = fields.string(name)?;
            }
        }
        if fields.node("sources").is_some() {
            self.sources = fields.strings("sources")?;
        }
        if fields.node("keywords").is_some() {
            self.keywords = fields.strings("keywords")?;
        }
        if fields.node("deprecated").is_some() {
            self.deprecated = fields.boolean("deprecated")?;
        }
        if fields.node("annotations").is_some() {
            self.annotations = fields.string_map("annotations")?;
        }
        if let Some(items) = fields.list("maintainers", "[]*v2.Maintainer")? {
            self.maintainers = items
                .iter()
                .map(|item| {
                    let own =
                        fields.item(item, "maintainers", "Maintainer", "maintainers.", "v2.Maintainer")?;
                    own.map(|own| {
                        Ok(Maintainer {
                            name: own.string("name")?,
                            email: own.string("email")?,
                            url: own.string("url")?,
                        })
                    })
                    .transpose()
                })
                .collect::<Result<_, String>>()?;
        }
        if let Some(items) = fields.list("dependencies", "[]*v2.Dependency")? {
            let read = |item| {
                let own =
                    fields.item(item, "dependencies", "Dependency", "dependencies.", "v2.Dependency")?;
                own.map(|own| Dependency::read(&own)).transpose()
            };
            self.dependencies = Some(items.iter().map(read).collect::<Result<_, String>>()?);
        }
        Ok(())
    }

    /// Cleans the fields and checks them.
    ///
    /// # Errors
    /// Helm's words: `validation: chart.metadata.version is required`, …
    pub(crate) fn validate(&mut self) -> Result<(), String> {
        for field in [
            &mut self.name,
            &mut self.description,
            &mut self.home,
            &mut self.icon,
            &mut self.condition,
            &mut self.tags,
            &mut self.app_version,
            &mut self.kube_version,
        ] {
            clean(field);
        }
        self.sources.iter_mut().for_each(clean);
        self.keywords.iter_mut().for_each(clean);
        let invalid = |message: &str| Err(format!("validation: {message}"));
        if self.api_version.is_empty() {
            return invalid("chart.metadata.apiVersion is required");
        }
        if self.name.is_empty() {
            return invalid("chart.metadata.name is required");
        }
        if base_name(&self.name) != self.name {
            return invalid(&format!("chart.metadata.name {} is invalid", super::log::go_quoted(&self.name)));
        }
        if self.version.is_empty() {
            return invalid("chart.metadata.version is required");
        }
        if !version::is_version(&self.version) {
            return invalid(&format!(
                "chart.metadata.version {} is invalid",
                super::log::go_quoted(&self.version)
            ));
        }
        if !matches!(self.chart_type.as_str(), "" | "application" | "library") {
            return invalid("chart.metadata.type must be application or library");
        }
        for maintainer in &mut self.maintainers {
            match maintainer {
                None => return invalid("maintainers must not contain empty or null nodes"),
                Some(maintainer) => {
                    clean(&mut maintainer.name);
                    clean(&mut maintainer.email);
                    clean(&mut maintainer.url);
                }
            }
        }
        let mut names = Vec::new();
        for dependency in self.dependencies.iter_mut().flatten() {
            let Some(dependency) = dependency else {
                return invalid("dependencies must not contain empty or null nodes");
            };
            dependency.validate()?;
            let key = dependency.used_name().to_owned();
            if names.contains(&key) {
                return invalid(&format!(
                    "more than one dependency with name or alias {}. Try using distinct aliases for dependencies with the same chart name.",
                    super::log::go_quoted(&key)
                ));
            }
            names.push(key);
        }
        Ok(())
    }

    /// The dependencies that the file names.
    pub fn dependencies(&self) -> impl Iterator<Item = &Dependency> {
        self.dependencies.iter().flatten().flatten()
    }

    /// `.Chart` of a template: a map of the fields of Helm's struct, by their Go names.
    pub(crate) fn to_value(&self, is_root: bool) -> Value {
        let text = |text: &str| Value::from(text);
        let list = |items: &[String]| Value::list(items.iter().map(|item| text(item)).collect());
        let maintainers = self.maintainers.iter().flatten().map(|maintainer| {
            Value::map([
                ("Name", text(&maintainer.name)),
                ("Email", text(&maintainer.email)),
                ("URL", text(&maintainer.url)),
            ])
        });
        let annotations = self.annotations.iter().flatten();
        let annotations = annotations.map(|(key, value)| (Rc::from(key.as_str()), text(value))).gather();
        Value::map([
            ("Name", text(&self.name)),
            ("Home", text(&self.home)),
            ("Sources", list(&self.sources)),
            ("Version", text(&self.version)),
            ("Description", text(&self.description)),
            ("Keywords", list(&self.keywords)),
            ("Maintainers", Value::list(maintainers.collect())),
            ("Icon", text(&self.icon)),
            ("APIVersion", text(&self.api_version)),
            ("Condition", text(&self.condition)),
            ("Tags", text(&self.tags)),
            ("AppVersion", text(&self.app_version)),
            ("Deprecated", Value::Bool(self.deprecated)),
            ("Annotations", Value::Map(Map::new(MapType::String, annotations))),
            ("KubeVersion", text(&self.kube_version)),
            ("Dependencies", Value::list(self.dependencies().map(Dependency::to_value).collect())),
            ("Type", text(&self.chart_type)),
            ("IsRoot", Value::Bool(is_root)),
        ])
    }
}

impl Dependency {
    fn read(own: &Fields<'_>) -> Result<Dependency, String> {
        let imports = own.list("import-values", "[]interface {}")?.unwrap_or_default();
        Ok(Dependency {
            name: own.string("name")?,
            version: own.string("version")?,
            repository: own.string("repository")?,
            condition: own.string("condition")?,
            tags: own.strings("tags")?,
            enabled: own.boolean("enabled")?,
            import_values: imports.iter().map(ImportValue::read).collect(),
            alias: own.string("alias")?,
        })
    }

    fn validate(&mut self) -> Result<(), String> {
        for field in [&mut self.name, &mut self.version, &mut self.repository, &mut self.condition] {
            clean(field);
        }
        self.tags.iter_mut().for_each(clean);
        let allowed = Regex::new("^[a-zA-Z0-9_-]+$").expect("the pattern is a constant");
        if !self.alias.is_empty() && !allowed.is_match(&self.alias) {
            return Err(format!(
                "validation: dependency {} has disallowed characters in the alias",
                super::log::go_quoted(&self.name)
            ));
        }
        Ok(())
    }

    /// The name under which the parent uses it.
    pub fn used_name(&self) -> &str {
        if self.alias.is_empty() { &self.name } else { &self.alias }
    }

    fn to_value(&self) -> Value {
        let text = |text: &str| Value::from(text);
        let imports = self.import_values.iter().map(|import| match import {
            ImportValue::Export(name) => string_pair(&format!("exports.{name}"), "."),
            ImportValue::Pair(child, parent) => string_pair(child, parent),
            ImportValue::Other => Value::Nil,
        });
        Value::map([
            ("Name", text(&self.name)),
            ("Version", text(&self.version)),
            ("Repository", text(&self.repository)),
            ("Condition", text(&self.condition)),
            ("Tags", Value::list(self.tags.iter().map(|tag| text(tag)).collect())),
            ("Enabled", Value::Bool(self.enabled)),
            ("ImportValues", Value::List(List::new(ListType::Any, imports.collect()))),
            ("Alias", text(&self.alias)),
        ])
    }
}

fn string_pair(child: &str, parent: &str) -> Value {
    let entries = [(Rc::from("child"), Value::from(child)), (Rc::from("parent"), Value::from(parent))];
    Value::Map(Map::new(MapType::String, entries.into_iter().gather()))
}

impl ImportValue {
    fn read(node: &crate::yaml::Node) -> ImportValue {
        use crate::yaml::Data;
        match &node.data {
            Data::String(name) => ImportValue::Export(name.clone()),
            Data::Mapping(_) => {
                let path = |key| node.get(key).map_or("<nil>".to_owned(), |node| node.as_key().into_owned());
                ImportValue::Pair(path("child"), path("parent"))
            }
            _ => ImportValue::Other,
        }
    }
}

/// White space becomes blanks, and what cannot be printed goes.
fn clean(text: &mut String) {
    let keep = |character: char| match character {
        character if character.is_whitespace() => Some(' '),
        character if is_printable(character) => Some(character),
        _ => None,
    };
    if text.chars().any(|character| keep(character) != Some(character)) {
        *text = text.chars().filter_map(keep).collect();
    }
}

/// The last name of a path, as Go's `filepath.Base` gives it.
pub(crate) fn base_name(path: &str) -> &str {
    if path.is_empty() {
        return ".";
    }
    let trimmed = path.trim_end_matches('/');
    if trimmed.is_empty() { "/" } else { trimmed.rsplit('/').next().unwrap_or(trimmed) }
}
