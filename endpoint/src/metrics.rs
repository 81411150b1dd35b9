//! What is counted, for `/metrics`: never by caller, wallet or path as it was sent.

use std::{sync::Mutex, time::Duration};

use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::{Registry, Unit},
};

/// The bounds of the times that are told apart, in seconds.
const TIMES: [f64; 10] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 1.0, 5.0, 10.0];

/// How a request is counted.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    /// The route as it is written in the program, such as `/v1/releases/{id}`.
    route: String,
    status: u16,
}

/// Everything that is counted.
pub struct Metrics {
    registry: Mutex<Registry>,
    answered: Family<Answered, Counter>,
    seconds: Histogram,
    ready: Gauge,
    waiting: Gauge,
    waiting_for: Gauge,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("lifeboat");
        let answered = Family::<Answered, Counter>::default();
        let seconds = Histogram::new(TIMES);
        let ready = Gauge::default();
        registry.register("requests", "Requests that were answered", answered.clone());
        registry.register_with_unit(
            "request_duration",
            "Time until the answer of a request",
            Unit::Seconds,
            seconds.clone(),
        );
        registry.register(
            "ready",
            "1 when everything is there that the configuration asks for",
            ready.clone(),
        );
        let (waiting, waiting_for) = (Gauge::default(), Gauge::default());
        registry.register(
            "notices_waiting",
            "Notices that the company has not taken yet",
            waiting.clone(),
        );
        registry.register_with_unit(
            "notices_oldest",
            "How long the oldest of them has waited",
            Unit::Seconds,
            waiting_for.clone(),
        );
        Self {
            registry: Mutex::new(registry),
            answered,
            seconds,
            ready,
            waiting,
            waiting_for,
        }
    }
}

impl Metrics {
    /// Counts a request.
    pub fn answered(&self, route: &str, status: u16, time: Duration) {
        let route = route.to_owned();
        self.answered
            .get_or_create(&Answered { route, status })
            .inc();
        self.seconds.observe(time.as_secs_f64());
    }

    /// The text for Prometheus, with what is so at this moment: how many notices wait, and for how many seconds.
    #[must_use]
    pub fn text(&self, is_ready: bool, notices: (i64, i64)) -> String {
        self.ready.set(is_ready.into());
        self.waiting.set(notices.0);
        self.waiting_for.set(notices.1);
        let registry = self.registry.lock();
        let registry = registry.unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut text = String::new();
        if encode(&mut text, &registry).is_err() {
            tracing::error!("the metrics cannot be written");
        }
        text
    }
}
