//! The step `fault`: the next calls of a service go wrong, or the next deliveries of what the pipelines send do.

use serde::Deserialize;

use super::format::Pause;
use super::way::{Mistake, Way};
use crate::world::Service;
use crate::world::delivery::{DeliveryFault, Mishap};
use crate::world::faults::{Fault, FaultKind};

/// What is written: `service` and `kind`, or `delivery`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultStep {
    /// The service whose calls go wrong.
    service: Option<Service>,
    /// The operation.
    operation: Option<String>,
    /// How they go wrong.
    kind: Option<FaultKind>,
    /// How deliveries go wrong.
    delivery: Option<Delivery>,
    /// A part of what is delivered.
    of: Option<String>,
    /// How many.
    #[serde(default = "once")]
    times: u32,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Delivery {
    Duplicate,
    Reorder,
    Drop,
    Delay(Pause),
}

/// What goes wrong.
#[derive(Debug, Clone)]
pub enum Meant {
    /// Calls.
    Calls(Fault),
    /// Deliveries.
    Deliveries(DeliveryFault),
}

impl FaultStep {
    /// What is meant. The error says what would be.
    pub fn read(&self) -> Result<Meant, Mistake> {
        let whole = |what: &str| Mistake::of_value(Way::default(), what);
        if self.times == 0 {
            return Err(Mistake::of_value(Way::to("times"), "`times: 0` lets nothing go wrong"));
        }
        if let Some(delivery) = self.delivery {
            if self.service.is_some() || self.operation.is_some() || self.kind.is_some() {
                let what = "a fault of a `delivery` has no `service`, `operation` and `kind`: these are of calls";
                return Err(whole(what));
            }
            let mishap = match delivery {
                Delivery::Duplicate => Mishap::Duplicate,
                Delivery::Reorder => Mishap::Reorder,
                Delivery::Drop => Mishap::Drop,
                Delivery::Delay(by) => Mishap::Delay(by.0),
            };
            return Ok(Meant::Deliveries(DeliveryFault {
                mishap,
                of: self.of.clone(),
                times: self.times,
                has_happened: false,
            }));
        }
        if self.of.is_some() {
            return Err(Mistake::of_key(Way::to("of"), "`of` has no meaning without `delivery`"));
        }
        let (Some(service), Some(kind)) = (self.service, self.kind) else {
            return Err(whole(
                "`fault` needs `service` and `kind` for calls that go wrong, or `delivery` for deliveries",
            ));
        };
        let known = service.operations();
        let is_known = |operation: &String| known.iter().any(|known| known.eq_ignore_ascii_case(operation));
        if let Some(operation) = self.operation.as_ref().filter(|operation| !is_known(operation)) {
            let what = format!("{service} is never asked for `{operation}`");
            return Err(Mistake::of_value(Way::to("operation"), what).known(operation, known, "it is asked for"));
        }
        let (operation, times) = (self.operation.clone(), self.times);
        Ok(Meant::Calls(Fault::new(service, operation, times, kind)))
    }
}

fn once() -> u32 {
    1
}
