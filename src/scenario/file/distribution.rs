//! Distributions in files: text for a constant, otherwise a table with the kind as its one key.

use std::fmt;
use std::marker::PhantomData;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Unexpected, Visitor};

use crate::units::{Bytes, LONGEST, Span};

/// A unit that amounts of a distribution are given in.
pub(in crate::scenario) trait Amount:
    for<'de> Deserialize<'de> + JsonSchema + std::str::FromStr<Err = String> + Copy + fmt::Debug
{
    /// An example of its text form.
    const EXAMPLE: &'static str;
    /// The largest amount that a scenario may name, as a number and in words.
    const LARGEST: (f64, &'static str);
    /// The amount in the unit of the simulation: microseconds, bytes or things.
    fn amount(self) -> f64;
    /// A bare number, for units that have no name.
    fn bare(_: f64) -> Option<Self> {
        None
    }
}

impl Amount for Span {
    const EXAMPLE: &'static str = "150ms";
    const LARGEST: (f64, &'static str) = (LONGEST.0 as f64, "100 years");
    fn amount(self) -> f64 {
        self.0 as f64
    }
}

impl Amount for Bytes {
    const EXAMPLE: &'static str = "300 B";
    const LARGEST: (f64, &'static str) = (1_073_741_824.0, "1 GiB");
    fn amount(self) -> f64 {
        self.0 as f64
    }
}

/// A number of things.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(transparent)]
pub(in crate::scenario) struct Count(f64);

impl std::str::FromStr for Count {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        text.trim().parse().map(Self).map_err(|_| format!("\"{text}\" is not a number; write one such as 8 or 2.5"))
    }
}

impl Amount for Count {
    const EXAMPLE: &'static str = "8";
    const LARGEST: (f64, &'static str) = (10_000.0, "10000");
    fn amount(self) -> f64 {
        self.0
    }
    fn bare(number: f64) -> Option<Self> {
        Some(Self(number))
    }
}

/// A distribution of durations or sizes: text such as "150ms" is a constant; otherwise one of the
/// kinds, such as { exponential = { mean = "150ms" } }.
#[derive(Clone, Debug, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "DistributionOf{T}")]
pub(in crate::scenario) enum DistributionFile<T: Amount> {
    /// Always this amount.
    Constant(T),
    /// One of the kinds.
    Kind(Box<Form<T>>),
}

/// The kinds of distributions.
#[derive(Clone, Debug, JsonSchema)]
#[serde(rename_all = "snake_case", bound = "T: Amount")]
#[schemars(rename = "KindOf{T}")]
pub(in crate::scenario) enum Form<T: Amount> {
    /// Always this amount.
    Constant(T),
    /// Uniform between two amounts.
    Uniform(UniformFile<T>),
    /// Exponential.
    Exponential(ExponentialFile<T>),
    /// Normal, truncated at 0.
    Normal(NormalFile<T>),
    /// Lognormal: median · exp(sigma · Z).
    Lognormal(LognormalFile<T>),
    /// Gamma, of mean shape · scale.
    Gamma(ShapeFile<T>),
    /// Weibull: P(X > x) = exp(-(x / scale)^shape).
    Weibull(ShapeFile<T>),
    /// Pareto: P(X > x) = (minimum / x)^shape from the minimum on.
    Pareto(ParetoFile<T>),
    /// Quantiles [probability, amount], joined by straight lines: at least two, from probability 0
    /// to 1, rising.
    Empirical(Vec<(f64, T)>),
    /// One of several parts, with probability in proportion to its share.
    Mixture(Vec<PartFile<T>>),
}

macro_rules! parameters {
    ($($(#[$doc:meta])* $name:ident as $schema:literal { $($(#[$field_doc:meta])* $field:ident: $type:ty,)+ })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields, bound = "T: Amount")]
        #[schemars(rename = $schema)]
        pub(in crate::scenario) struct $name<T: Amount> {
            $($(#[$field_doc])* #[schemars(required)] pub(in crate::scenario) $field: Option<$type>,)+
        }
    )+};
}

parameters! {
    /// Parameters of a uniform distribution.
    UniformFile as "UniformOf{T}" {
        /// Smallest.
        low: T,
        /// Largest, not below `low`.
        high: T,
    }
    /// Parameter of an exponential distribution.
    ExponentialFile as "ExponentialOf{T}" {
        /// Mean.
        mean: T,
    }
    /// Parameters of a normal distribution, before it is truncated at 0.
    NormalFile as "NormalOf{T}" {
        /// Mean.
        mean: T,
        /// Standard deviation.
        sd: T,
    }
    /// Parameters of a lognormal distribution.
    LognormalFile as "LognormalOf{T}" {
        /// Median, above 0.
        median: T,
        /// Standard deviation of the logarithm, 0 to 10.
        sigma: f64,
    }
    /// Parameters of a gamma or Weibull distribution.
    ShapeFile as "ShapeOf{T}" {
        /// Shape, 0.01 to 1000000.
        shape: f64,
        /// Scale, above 0.
        scale: T,
    }
    /// Parameters of a Pareto distribution.
    ParetoFile as "ParetoOf{T}" {
        /// Smallest amount, above 0.
        minimum: T,
        /// Tail index, 0.01 to 1000000; the mean is infinite up to 1.
        shape: f64,
    }
    /// A part of a mixture.
    PartFile as "PartOf{T}" {
        /// Its weight, above 0.
        share: f64,
        /// Its distribution.
        of: DistributionFile<T>,
    }
}

/// The keys of a distribution's table.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case", field_identifier)]
enum Kind {
    Constant,
    Uniform,
    Exponential,
    Normal,
    Lognormal,
    Gamma,
    Weibull,
    Pareto,
    Empirical,
    Mixture,
}

struct TextOrTable<T>(PhantomData<T>);

impl<'de, T: Amount> Visitor<'de> for TextOrTable<T> {
    type Value = DistributionFile<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let example = T::EXAMPLE;
        write!(
            f,
            "\"{example}\" for a constant, or a distribution such as {{ exponential = {{ mean = \"{example}\" }} }}"
        )
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<DistributionFile<T>, E> {
        let wrong = || E::invalid_type(Unexpected::Float(number), &self);
        T::bare(number).map(DistributionFile::Constant).ok_or_else(wrong)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<DistributionFile<T>, E> {
        let wrong = || E::invalid_type(Unexpected::Signed(number), &self);
        T::bare(number as f64).map(DistributionFile::Constant).ok_or_else(wrong)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<DistributionFile<T>, E> {
        text.parse().map(DistributionFile::Constant).map_err(E::custom)
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<DistributionFile<T>, M::Error> {
        let kinds = map.size_hint();
        let Some(kind) = map.next_key::<Kind>()? else {
            return Err(M::Error::custom(format!("the distribution is empty; write {}", expected(&self))));
        };
        if kinds.is_some_and(|kinds| kinds > 1) {
            let found = kinds.unwrap_or_default();
            return Err(M::Error::custom(format!(
                "a distribution has one kind, but there are {found} keys here; keep one, or join them in a mixture"
            )));
        }
        let form = match kind {
            Kind::Constant => Form::Constant(map.next_value()?),
            Kind::Uniform => Form::Uniform(map.next_value()?),
            Kind::Exponential => Form::Exponential(map.next_value()?),
            Kind::Normal => Form::Normal(map.next_value()?),
            Kind::Lognormal => Form::Lognormal(map.next_value()?),
            Kind::Gamma => Form::Gamma(map.next_value()?),
            Kind::Weibull => Form::Weibull(map.next_value()?),
            Kind::Pareto => Form::Pareto(map.next_value()?),
            Kind::Empirical => Form::Empirical(map.next_value()?),
            Kind::Mixture => Form::Mixture(map.next_value()?),
        };
        Ok(DistributionFile::Kind(Box::new(form)))
    }
}

fn expected(visitor: &dyn serde::de::Expected) -> String {
    visitor.to_string()
}

impl<'de, T: Amount> Deserialize<'de> for DistributionFile<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextOrTable(PhantomData))
    }
}
