//! From a tree of parts and the variables of one message to JSON that Slack takes.

use minijinja::value::{Value as Data, ValueKind};
use minijinja::{Environment, context};
use serde_json::Value;

use super::codes;
use super::compile::{Formula, Leaf, Map, Part};
use super::engine::ENGINE;
use super::mistake::{explain, undefined};
use crate::diagnostic::{Diagnostic, Source};
use crate::slack::blocks::{self, Misfit};
use crate::yaml::Place;

/// How many values one rendering may make: a full message of 50 blocks has under 2,000, and nested loops would have no end.
const VALUES: usize = 10_000;

/// One rendering of one template.
pub(crate) struct Rendering<'a> {
    pub(crate) engine: &'a Environment<'static>,
    pub(crate) source: &'a Source,
    left: usize,
}

impl<'a> Rendering<'a> {
    pub(crate) fn new(engine: &'a Environment<'static>, source: &'a Source) -> Self {
        Self { engine, source, left: VALUES }
    }

    /// A string by itself.
    pub(crate) fn text(&mut self, part: &Part, data: &Data) -> Result<String, Diagnostic> {
        Ok(match self.part(part, data)? {
            Some(Value::String(text)) => text,
            _ => String::new(),
        })
    }

    /// A list of blocks, each cut to Slack's limits, at most `max`.
    pub(crate) fn blocks(&mut self, part: &Part, data: &Data, max: usize) -> Result<Vec<Value>, Diagnostic> {
        let Part::List(elements) = part else {
            return Ok(Vec::new());
        };
        let mut fitted = Vec::new();
        for element in elements {
            let mut rendered = Vec::new();
            self.element(element, data, &mut rendered)?;
            let place = if let Part::Map(map) = element { map.place } else { Place::default() };
            for block in rendered {
                fitted.extend(blocks::fit_block(block).map_err(|misfit| self.misfit(&misfit, place))?);
            }
        }
        Ok(blocks::fit_blocks(fitted, max))
    }

    /// A map that is there whatever its `when` says.
    pub(crate) fn map(&mut self, map: &Map, data: &Data) -> Result<serde_json::Map<String, Value>, Diagnostic> {
        let mut object = serde_json::Map::new();
        for (key, part) in &map.entries {
            if let Some(value) = self.part(part, data)? {
                object.insert(key.clone(), value);
            }
        }
        Ok(object)
    }

    pub(crate) fn misfit(&self, misfit: &Misfit, place: Place) -> Diagnostic {
        self.source.at(place, codes::MISFIT, misfit.0.clone())
    }

    /// A part; `None` when its `when` leaves it out.
    fn part(&mut self, part: &Part, data: &Data) -> Result<Option<Value>, Diagnostic> {
        match part {
            Part::Fixed(value) => Ok(Some(value.clone())),
            Part::Text(leaf) => self.leaf(leaf, data).map(Some),
            Part::List(elements) => {
                let mut list = Vec::with_capacity(elements.len());
                for element in elements {
                    self.element(element, data, &mut list)?;
                }
                Ok(Some(Value::Array(list)))
            }
            Part::Map(map) => {
                self.spend(map.place)?;
                if self.holds(map.when.as_ref(), data)? {
                    self.map(map, data).map(Value::Object).map(Some)
                } else {
                    Ok(None)
                }
            }
        }
    }

    fn element(&mut self, part: &Part, data: &Data, list: &mut Vec<Value>) -> Result<(), Diagnostic> {
        let repeat = if let Part::Map(map) = part { map.repeat.as_ref() } else { None };
        let Some(repeat) = repeat else {
            list.extend(self.part(part, data)?);
            return Ok(());
        };
        let items = self.value(repeat, data)?;
        let not_a_list = || {
            let message = format!("`{}` is {}, not a list", repeat.text, describe(&items));
            self.source.at(repeat.place, codes::LOOP, message).help("`loop` repeats an element for each of a list")
        };
        if !matches!(items.kind(), ValueKind::Seq | ValueKind::Iterable) {
            return Err(not_a_list());
        }
        for item in items.try_iter().map_err(|_| not_a_list())? {
            list.extend(self.part(part, &context! { item, ..data.clone() })?);
        }
        Ok(())
    }

    fn leaf(&mut self, leaf: &Leaf, data: &Data) -> Result<Value, Diagnostic> {
        self.spend(leaf.place)?;
        let rendered = self.engine.get_template(&leaf.name).and_then(|template| template.render(data.clone()));
        let text = rendered.map_err(|error| explain(&error, self.source, leaf.place))?;
        Ok(Value::String(text.trim().to_owned()))
    }

    fn holds(&self, when: Option<&Formula>, data: &Data) -> Result<bool, Diagnostic> {
        when.map_or(Ok(true), |formula| Ok(self.value(formula, data)?.is_true()))
    }

    fn value(&self, formula: &Formula, data: &Data) -> Result<Data, Diagnostic> {
        let value = formula.compiled.eval(data.clone());
        let value = value.map_err(|error| explain(&error, self.source, formula.place))?;
        // `x if y` is quietly undefined and may be written; a name that isn't there may not.
        if value.is_undefined() && ENGINE.empty_state().format(value.clone()).is_err() {
            return Err(undefined(&formula.text, self.source, formula.place));
        }
        Ok(value)
    }

    fn spend(&mut self, place: Place) -> Result<(), Diagnostic> {
        self.left = self.left.checked_sub(1).ok_or_else(|| {
            self.source
                .at(place, codes::COST, format!("the template renders to more than {VALUES} values"))
                .help("loop over less, or say less of each")
        })?;
        Ok(())
    }
}

fn describe(data: &Data) -> &'static str {
    match data.kind() {
        ValueKind::String => "text",
        ValueKind::Number => "a number",
        ValueKind::Bool => "true or false",
        ValueKind::Map => "a map",
        ValueKind::None => "none",
        _ => "something else",
    }
}
