//! One session per model and concurrent caller, made when first needed and kept.

use std::fmt;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use ndarray::ArrayD;
use ort::environment::Environment;
use ort::session::builder::GraphOptimizationLevel;
use ort::session::{Session, SessionInputValue};
use ort::value::Tensor;

use crate::{Engine, ModelInfo, OnnxError};

/// Sessions of one model that may exist at a time; further callers wait.
const SESSIONS: usize = 8;

/// A model with its sessions.
pub(crate) struct PooledEngine {
    model: ModelInfo,
    weights: Vec<u8>,
    environment: Environment,
    sessions: Mutex<Sessions>,
    returned: Condvar,
}

#[derive(Default)]
struct Sessions {
    idle: Vec<Session>,
    made: usize,
}

impl PooledEngine {
    /// Loads the model once, so that a broken one is noticed now.
    pub(crate) fn new(
        model: ModelInfo,
        weights: Vec<u8>,
        environment: Environment,
    ) -> Result<Self, OnnxError> {
        let engine =
            Self { model, weights, environment, sessions: Mutex::default(), returned: Condvar::new() };
        let session = engine.load().map_err(|detail| OnnxError::model(&engine.model.id, detail))?;
        {
            let mut sessions = engine.lock();
            sessions.idle.push(session);
            sessions.made = 1;
        }
        Ok(engine)
    }

    fn lock(&self) -> MutexGuard<'_, Sessions> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One thread a session: the callers run frames side by side, which costs less than splitting one small graph.
    #[expect(
        clippy::result_large_err,
        reason = "the error is the run time's own, and this runs once a session"
    )]
    fn load(&self) -> Result<Session, String> {
        let builder = Session::builder(&self.environment).map_err(|error| error.to_string())?;
        builder
            .with_intra_threads(1)
            .and_then(|builder| builder.with_inter_threads(1))
            .and_then(|builder| builder.with_parallel_execution(false))
            .and_then(|builder| builder.with_memory_pattern(false))
            .and_then(|builder| builder.with_optimization_level(GraphOptimizationLevel::Level3))
            .map_err(|error| error.to_string())?
            .commit_from_memory(&self.weights)
            .map_err(|error| error.to_string())
    }

    fn take(&self) -> Result<Session, OnnxError> {
        let mut sessions = self.lock();
        loop {
            if let Some(session) = sessions.idle.pop() {
                return Ok(session);
            }
            if sessions.made < SESSIONS {
                sessions.made += 1;
                drop(sessions);
                return self.load().map_err(|detail| {
                    self.forget_one();
                    OnnxError::run(&self.model.id, detail)
                });
            }
            sessions = self.returned.wait(sessions).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn forget_one(&self) {
        self.lock().made -= 1;
        self.returned.notify_one();
    }
}

impl fmt::Debug for PooledEngine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("PooledEngine").field("model", &self.model).finish_non_exhaustive()
    }
}

/// Gives a session back whatever happens to its caller.
struct Borrowed<'pool> {
    pool: &'pool PooledEngine,
    session: Option<Session>,
}

impl Drop for Borrowed<'_> {
    fn drop(&mut self) {
        if let Some(session) = self.session.take() {
            self.pool.lock().idle.push(session);
            self.pool.returned.notify_one();
        }
    }
}

impl Engine for PooledEngine {
    fn model(&self) -> &ModelInfo {
        &self.model
    }

    fn run(&self, inputs: Vec<ArrayD<f32>>) -> Result<Vec<ArrayD<f32>>, OnnxError> {
        let complain = |detail: String| OnnxError::run(&self.model.id, detail);
        let mut borrowed = Borrowed { pool: self, session: Some(self.take()?) };
        let Some(session) = borrowed.session.as_mut() else {
            return Err(complain("no session".to_owned()));
        };
        if inputs.len() != session.inputs().len() {
            return Err(complain(format!(
                "{} inputs given, {} expected",
                inputs.len(),
                session.inputs().len()
            )));
        }
        let values = inputs
            .into_iter()
            .map(|input| Tensor::from_array(input).map(SessionInputValue::from))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| complain(error.to_string()))?;
        let outputs = session.run(values.as_slice()).map_err(|error| complain(error.to_string()))?;
        outputs
            .values()
            .map(|output| output.try_extract_array::<f32>().map(|array| array.to_owned()))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| complain(error.to_string()))
    }
}
