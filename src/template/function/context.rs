//! What a function may use besides its arguments: limits, random numbers, the clock, the cluster.

use std::cell::{Cell, RefCell};

use super::{Error, Memory};
use crate::template::value::Value;

/// How `lookup` finds objects in a cluster: API version, kind, namespace, name (empty: a list).
pub type Lookup = dyn Fn(&str, &str, &str, &str) -> Result<Value, Error>;

/// How much a rendering may cost before it ends with an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Steps: instructions, iterations, and what functions charge.
    pub fuel: u64,
    /// Bytes of text that functions and the output may make in sum.
    pub bytes: u64,
    /// What functions may take that are slow whatever they are given, in hundredths of a `bcrypt`. A result that is
    /// remembered takes as much, so that what a template may ask for does not depend on what was rendered before.
    pub slow: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { fuel: 850_000, bytes: 16 << 20, slow: 600 }
    }
}

/// What a call of a slow function takes of the fuel when its result is remembered.
const SLOW_CALL: u64 = 2_000;

/// What a missing key of a map gives: the `missingkey` option of Go's templates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MissingKey {
    /// The zero value of the element type, as Helm asks for.
    #[default]
    Zero,
    /// No value at all, Go's default.
    Invalid,
    /// An error, as Helm's strict linting asks for.
    Error,
}

/// The world around a rendering.
#[derive(Default)]
pub struct Environment<'a> {
    /// What `now` answers: seconds since 1970 (UTC) and nanoseconds.
    pub now: (i64, u32),
    /// Seed of the random functions, so that a link reproduces a rendering.
    pub seed: u64,
    /// The cluster that `lookup` asks; none answers every lookup with an empty map, as `helm template` does.
    pub lookup: Option<&'a Lookup>,
    /// Where `required` and `fail` leave their name and message instead of failing, as Helm's lint wants it.
    pub lint: Option<&'a RefCell<Vec<(&'static str, String)>>>,
    /// Where the functions leave their names that used random numbers or the clock: each rendering of Helm's gives
    /// other text there.
    pub chance: Option<&'a RefCell<Vec<&'static str>>>,
    /// What a missing key of a map gives.
    pub missing_key: MissingKey,
    /// Whether the result tells where its text comes from and what it read.
    pub provenance: bool,
    /// How much the rendering may cost.
    pub limits: Limits,
}

/// What a function may use besides its arguments.
pub struct Context<'a> {
    environment: &'a Environment<'a>,
    memory: Option<&'a Memory>,
    fuel: u64,
    bytes: u64,
    slow: u64,
    random: u64,
    /// Whether random numbers or the clock were used since the last look.
    by_chance: Cell<bool>,
}

impl<'a> Context<'a> {
    /// A fresh context: full fuel, the random numbers at their seed, nothing to remember with.
    pub fn new(environment: &'a Environment<'a>) -> Context<'a> {
        let Limits { fuel, bytes, slow } = environment.limits;
        let by_chance = Cell::new(false);
        Context { environment, memory: None, fuel, bytes, slow, random: environment.seed, by_chance }
    }

    /// The same context with a memory for slow results.
    pub fn with_memory(self, memory: &'a Memory) -> Context<'a> {
        Context { memory: Some(memory), ..self }
    }

    /// The result of `work`, which depends on nothing but `key`; from memory if it was worked out before.
    pub fn remember(&self, key: &[&[u8]], work: &dyn Fn() -> Vec<u8>) -> Vec<u8> {
        match self.memory {
            Some(memory) => memory.recall(key, work),
            None => work(),
        }
    }

    /// Takes a share off what slow functions may take, which is not part of the fuel.
    pub fn charge_slow(&mut self, share: u64) -> Result<(), Error> {
        self.charge(SLOW_CALL)?;
        match self.slow.checked_sub(share) {
            Some(left) => {
                self.slow = left;
                Ok(())
            }
            None => {
                self.slow = 0;
                Err(Error::limit("the template makes too many keys and passwords; rendering stopped"))
            }
        }
    }

    /// Takes `steps` off the fuel. Call it before a loop whose length a template chooses.
    pub fn charge(&mut self, steps: u64) -> Result<(), Error> {
        match self.fuel.checked_sub(steps) {
            Some(left) => {
                self.fuel = left;
                Ok(())
            }
            None => {
                self.fuel = 0;
                Err(Error::limit("the template needs too many steps; rendering stopped"))
            }
        }
    }

    /// Takes `bytes` off what may be allocated. Call it before making a text whose length a template chooses.
    pub fn allocate(&mut self, bytes: usize) -> Result<(), Error> {
        match self.bytes.checked_sub(bytes as u64) {
            Some(left) => {
                self.bytes = left;
                Ok(())
            }
            None => {
                self.bytes = 0;
                Err(Error::limit("the template makes too much text; rendering stopped"))
            }
        }
    }

    /// The next random number (SplitMix64 from the seed).
    pub fn random(&mut self) -> u64 {
        self.by_chance.set(true);
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Leaves the message of the function `name` for a lint; `false` if there is none, and the function fails.
    pub fn leave(&self, name: &'static str, message: &str) -> bool {
        let Some(left) = self.environment.lint else { return false };
        left.borrow_mut().push((name, message.to_owned()));
        true
    }

    /// Leaves the name of the function that ran last, if it used random numbers or the clock.
    pub fn leave_chance(&self, name: &'static str) {
        if self.by_chance.take()
            && let Some(chance) = self.environment.chance
            && !chance.borrow().contains(&name)
        {
            chance.borrow_mut().push(name);
        }
    }

    /// The clock: seconds since 1970 (UTC) and nanoseconds.
    pub fn now(&self) -> (i64, u32) {
        self.by_chance.set(true);
        self.environment.now
    }

    /// The cluster that `lookup` asks.
    pub fn lookup(&self) -> Option<&'a Lookup> {
        self.environment.lookup
    }
}
