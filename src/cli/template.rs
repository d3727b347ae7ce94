//! `--template NAME --set KEY=VALUE`: what is written often, written once.

use std::collections::BTreeMap;
use std::str::FromStr;

use clap::Args;

use crate::cli::ask;
use crate::cli::desk::{Desk, Place};
use crate::config::TemplateKind;
use crate::error::UserError;
use crate::ops::template::{self, Beside, Filled};

/// A template and what stands in its blanks.
#[derive(Debug, Args)]
pub(super) struct TemplateArgs {
    /// Begin with the template `templates/NAME.md` of the organization; other options win over what it says
    #[arg(long, value_name = "NAME")]
    template: Option<String>,
    /// What stands in a blank of the template, such as `{{service}}` (can be repeated)
    #[arg(long = "set", value_name = "KEY=VALUE", requires = "template")]
    values: Vec<ValueArg>,
}

/// `KEY=VALUE`.
#[derive(Clone, Debug)]
struct ValueArg(String, String);

impl FromStr for ValueArg {
    type Err = UserError;

    fn from_str(given: &str) -> Result<Self, UserError> {
        match given.split_once('=') {
            Some((key, value)) => Ok(Self(key.to_owned(), value.to_owned())),
            None => {
                Err(UserError::usage(format!("`{}` in `--set` has no `=`", given.escape_debug()))
                    .hint("write it as in `--set service=API`"))
            }
        }
    }
}

impl TemplateArgs {
    /// Whether there is one.
    pub(super) fn is_given(&self) -> bool {
        self.template.is_some()
    }

    /// The template without what is given `beside` it, a person at a terminal being asked for what is missing; and whether one was asked.
    pub(super) fn filled(&self, desk: &Desk, place: &Place, kind: TemplateKind, beside: Beside) -> Result<(Filled, bool), UserError> {
        let Some(name) = &self.template else { return Ok((Filled::default(), false)) };
        let mut values = BTreeMap::new();
        for ValueArg(key, value) in &self.values {
            if values.insert(key.clone(), value.clone()).is_some() {
                return Err(UserError::usage(format!("`--set` is given twice for `{}`", key.escape_debug())));
            }
        }
        let found = template::find(place.folder(), name, kind, &values, beside)?;
        let missing = template::missing(&found, &values);
        let asks = desk.asks() && !missing.is_empty();
        for blank in missing.into_iter().filter(|_| asks) {
            let value = ask::line(&format!("{blank}:"), "it stands in the template's text", |_| Ok(()))?;
            values.insert(blank, value);
        }
        Ok((template::fill(&found, &values)?, asks))
    }
}
