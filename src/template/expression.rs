//! Expressions by themselves, such as the `when` of a rule.

use std::sync::{Arc, LazyLock};

use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior};
use serde_json::Value;

use super::compile::check_names;
use super::engine::ENGINE;
use super::mistake::explain;
use super::variables::Variables;
use crate::diagnostic::{Diagnostic, Source};
use crate::yaml::Place;

/// Where something is not known, neither are its parts, and nothing is equal to what is not known: an expression over an
/// event is to be true or false of every event. That its names are right is checked when it is read.
static ENGINE_OF_EXPRESSIONS: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut engine = ENGINE.clone();
    engine.set_undefined_behavior(UndefinedBehavior::Chainable);
    engine
});

/// A minijinja expression.
#[derive(Debug, Clone)]
pub(crate) struct Expression {
    compiled: Arc<minijinja::Expression<'static, 'static>>,
    text: String,
}

impl Expression {
    /// Reads an expression over variables of which `example` has all, and tells what is wrong with it.
    pub(crate) fn read(
        text: &str,
        (source, place): (&Source, Place),
        example: &Value,
        errors: &mut Vec<Diagnostic>,
    ) -> Option<Self> {
        let text = text.trim().to_owned();
        match ENGINE_OF_EXPRESSIONS.compile_expression_owned(text.clone()) {
            Ok(compiled) => {
                let before = errors.len();
                let names = compiled.undeclared_variables(true);
                let tried = compiled.eval(Serde(example)).err();
                check_names(names, tried, (source, place), &Variables::like(example.clone()), errors);
                (errors.len() == before).then(|| Self { compiled: Arc::new(compiled), text })
            }
            Err(error) => {
                errors.push(explain(&error, source, place));
                None
            }
        }
    }

    /// The expression as it is written.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it is true, or why that can't be told.
    pub(crate) fn is_true(&self, variables: &Value) -> Result<bool, String> {
        let value = self.compiled.eval(Serde(variables)).map_err(|error| {
            let place = Place::default();
            explain(&error, &Source::default(), place).message
        })?;
        Ok(value.is_true())
    }
}
