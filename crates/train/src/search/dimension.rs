//! One setting of a search: its range in the space file, its values for the sampler and in a preset.

use optimizer::distribution::{CategoricalDistribution, Distribution};
use optimizer::parameter::{FloatParam, IntParam, ParamId, ParamValue, Parameter};
use serde::Deserialize;
use toml::Value;

/// Significant digits of drawn numbers, so that a log reads back the same numbers.
const DIGITS: usize = 4;

/// One setting.
#[derive(Clone, Debug)]
pub struct Dimension {
    /// Dotted, into the preset's TOML.
    pub path: String,
    pub id: ParamId,
    pub distribution: Distribution,
    /// The choices of a categorical distribution.
    choices: Vec<Value>,
}

#[derive(Clone, Copy)]
enum Scale {
    Even,
    Log,
}

impl Scale {
    fn apply(self, number: f64) -> f64 {
        match self {
            Self::Even => number,
            Self::Log => number.ln(),
        }
    }

    fn inverse(self, number: f64) -> f64 {
        match self {
            Self::Even => number,
            Self::Log => number.exp(),
        }
    }
}

/// A range in the space file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    low: Option<Value>,
    high: Option<Value>,
    #[serde(default)]
    log: bool,
    one_of: Option<Vec<Value>>,
}

impl Dimension {
    /// Parses `{ low, high, log }` or `{ one_of }`.
    ///
    /// # Errors
    /// Returns text if the value is not a range.
    pub fn new(path: &str, value: &Value) -> Result<Self, String> {
        let form = "give { low = 1, high = 9 } or { one_of = [1, 2] }";
        let written: Written = value
            .clone()
            .try_into()
            .map_err(|reason: toml::de::Error| format!("{}; {form}", reason.message()))?;
        let (distribution, choices) = match written {
            Written {
                low: Some(low),
                high: Some(high),
                log,
                one_of: None,
            } => (between(&low, &high, log)?, Vec::new()),
            Written {
                low: None,
                high: None,
                log: false,
                one_of: Some(choices),
            } if choices.len() > 1 => {
                let n_choices = choices.len();
                let distribution = CategoricalDistribution { n_choices };
                (Distribution::Categorical(distribution), choices)
            }
            _ => return Err(form.into()),
        };
        Ok(Self {
            path: path.into(),
            id: ParamId::new(),
            distribution,
            choices,
        })
    }

    /// The distribution for the sampler: a position in the range, 0–1, or the index of a choice.
    pub fn unit(&self) -> Distribution {
        match &self.distribution {
            Distribution::Categorical(_) => self.distribution.clone(),
            Distribution::Float(_) | Distribution::Int(_) => {
                FloatParam::new(0.0, 1.0).distribution()
            }
        }
    }

    /// Maps a value to the sampler's distribution.
    pub fn to_unit(&self, value: &ParamValue) -> ParamValue {
        let number = match value {
            ParamValue::Float(real) => *real,
            ParamValue::Int(whole) => *whole as f64,
            ParamValue::Categorical(_) => return value.clone(),
        };
        let (low, high, scale) = self.ends();
        ParamValue::Float((scale.apply(number) - low) / (high - low))
    }

    /// Maps a draw of the sampler to a value; a real one is rounded to [`DIGITS`].
    pub fn from_unit(&self, drawn: ParamValue) -> ParamValue {
        let ParamValue::Float(share) = drawn else {
            return drawn;
        };
        let (low, high, scale) = self.ends();
        let number = scale.inverse(low + share * (high - low));
        match &self.distribution {
            Distribution::Int(range) => {
                ParamValue::Int((number.round() as i64).clamp(range.low, range.high))
            }
            Distribution::Float(range) => {
                let text = format!("{number:.*e}", DIGITS - 1);
                let short = text.parse().unwrap_or(number);
                ParamValue::Float(short.clamp(range.low, range.high))
            }
            Distribution::Categorical(_) => drawn,
        }
    }

    /// Both ends on the scale of the range. Integers have intervals of equal width.
    fn ends(&self) -> (f64, f64, Scale) {
        let (low, high, log) = match &self.distribution {
            Distribution::Float(range) => (range.low, range.high, range.log_scale),
            Distribution::Int(range) => (
                range.low as f64 - 0.5,
                range.high as f64 + 0.5,
                range.log_scale,
            ),
            Distribution::Categorical(choices) => (0.0, choices.n_choices as f64, false),
        };
        let scale = if log { Scale::Log } else { Scale::Even };
        (scale.apply(low), scale.apply(high), scale)
    }

    /// The value for a preset; `None` if it is not a value of this setting.
    pub fn value(&self, drawn: &ParamValue) -> Option<Value> {
        match (drawn, &self.distribution) {
            (ParamValue::Float(real), Distribution::Float(_)) => Some(Value::Float(*real)),
            (ParamValue::Int(whole), Distribution::Int(_)) => Some(Value::Integer(*whole)),
            (ParamValue::Categorical(place), _) => self.choices.get(*place).cloned(),
            _ => None,
        }
    }

    /// The values to check against a preset: both ends of a range, each choice.
    pub fn boundary_values(&self) -> Vec<Value> {
        match &self.distribution {
            Distribution::Float(range) => vec![range.low.into(), range.high.into()],
            Distribution::Int(range) => vec![range.low.into(), range.high.into()],
            Distribution::Categorical(_) => self.choices.clone(),
        }
    }

    /// Identifies the distribution, so that a log of another space is recognised.
    pub fn describe(&self) -> String {
        format!("{} {:?} {:?}", self.path, self.distribution, self.choices)
    }
}

fn between(low: &Value, high: &Value, log: bool) -> Result<Distribution, String> {
    let real = |value: &Value| match value {
        Value::Integer(whole) => Ok(*whole as f64),
        Value::Float(real) => Ok(*real),
        other => Err(format!("{other} is not a number")),
    };
    if real(low)? >= real(high)? {
        return Err(format!("low is {low}, which is not below high, {high}"));
    }
    if let (Value::Integer(low), Value::Integer(high)) = (low, high) {
        let range = IntParam::new(*low, *high);
        return checked(if log { range.log_scale() } else { range });
    }
    let range = FloatParam::new(real(low)?, real(high)?);
    checked(if log { range.log_scale() } else { range })
}

fn checked(range: impl Parameter) -> Result<Distribution, String> {
    range.validate().map_err(|reason| reason.to_string())?;
    Ok(range.distribution())
}
