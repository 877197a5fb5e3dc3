//! What is to happen in a world: a list that follows from the seed, and of which parts can be left
//! out.

use std::fmt;

use crate::stage::random;
use crate::time::NODES;

/// What can go wrong beside the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Someone does something.
    Deed,
    /// A disk is about to fail.
    Disk,
    /// A machine loses its power, or is about to.
    Power,
    /// A clock jumps.
    Clock,
    /// Two nodes cannot reach each other for a while.
    Partition,
}

/// One thing that happens. All chance in it comes from its own seed, so that it stays the same when
/// others are left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// What.
    pub kind: Kind,
    /// Its chance.
    pub seed: u64,
}

/// Which faults there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
// Switches, each on its own.
#[allow(clippy::struct_excessive_bools)]
pub struct Faults {
    /// The network loses and garbles.
    pub network: bool,
    /// Disks fail.
    pub disk: bool,
    /// Machines lose their power.
    pub power: bool,
    /// Clocks jump.
    pub clock: bool,
}

impl Faults {
    /// All of them.
    pub const ALL: Self = Self { network: true, disk: true, power: true, clock: true };
}

/// Which part of a seed's world is to be played.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The seed.
    pub seed: u64,
    /// How many nodes at most.
    pub nodes: usize,
    /// Which faults there are.
    pub faults: Faults,
    /// The numbers of the steps that happen; all of them, if there is no list.
    pub steps: Option<Vec<usize>>,
}

impl Part {
    /// The whole of it.
    #[must_use]
    pub const fn whole(seed: u64) -> Self {
        Self { seed, nodes: NODES, faults: Faults::ALL, steps: None }
    }

    /// How many nodes there are.
    #[must_use]
    pub fn count(&self) -> usize {
        let mut random = random(self.seed, "nodes");
        // Mostly few, and now and then a crowd.
        let drawn =
            if random.one_in(8) { 6 + random.below(NODES - 5) } else { 2 + random.below(4) };
        drawn.min(self.nodes).max(2)
    }

    /// What happens, with its number.
    #[must_use]
    pub fn plan(&self) -> Vec<(usize, Step)> {
        let mut random = random(self.seed, "steps");
        let length = 30 + random.below(50);
        let all = (0..length).map(|_| {
            let kind = match random.below(100) {
                0..=5 => Kind::Disk,
                6..=11 => Kind::Power,
                12..=15 => Kind::Clock,
                16..=19 => Kind::Partition,
                _ => Kind::Deed,
            };
            Step { kind, seed: random.any() }
        });
        let happens = |number: &usize| self.steps.as_ref().is_none_or(|kept| kept.contains(number));
        let all: Vec<_> = all.enumerate().collect();
        all.into_iter().filter(|(number, step)| happens(number) && self.allows(step.kind)).collect()
    }

    const fn allows(&self, kind: Kind) -> bool {
        match kind {
            Kind::Deed => true,
            Kind::Disk => self.faults.disk,
            Kind::Power => self.faults.power,
            Kind::Clock => self.faults.clock,
            Kind::Partition => self.faults.network,
        }
    }
}

/// The arguments that play this part again.
impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "--replay {}", self.seed)?;
        if self.nodes < NODES {
            write!(f, " --nodes {}", self.nodes)?;
        }
        let Faults { network, disk, power, clock } = self.faults;
        let switches = [("network", network), ("disk", disk), ("power", power), ("clock", clock)];
        for (name, _) in switches.iter().filter(|(_, on)| !on) {
            write!(f, " --without {name}")?;
        }
        if let Some(steps) = &self.steps {
            let numbers: Vec<String> = steps.iter().map(ToString::to_string).collect();
            write!(f, " --steps {}", numbers.join(","))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_the_same_with_others_left_out() {
        let whole = Part::whole(7);
        let plan = whole.plan();
        assert!(plan.len() >= 30 && plan == whole.plan());
        let steps = Some(vec![3, 5]);
        let part = Part { steps, ..whole };
        assert_eq!(part.plan(), [plan[3], plan[5]]);
        let faults = Faults { disk: false, ..Faults::ALL };
        let calm = Part { faults, ..Part::whole(7) };
        assert!(calm.plan().iter().all(|(_, step)| step.kind != Kind::Disk));
        assert_eq!(part.to_string(), "--replay 7 --steps 3,5");
        assert_eq!(calm.to_string(), "--replay 7 --without disk");
    }
}
