use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use crate::pool::PooledEngine;
use crate::{Engine, ModelInfo, OnnxError, manifest, runtime};

/// The installed models.
#[derive(Debug)]
pub struct Models {
    installed: BTreeMap<String, Installed>,
    threads: usize,
}

#[derive(Debug)]
struct Installed {
    info: ModelInfo,
    /// None if it is withdrawn.
    engine: Option<Arc<dyn Engine>>,
}

impl Models {
    /// Opens the folder with `manifest.toml`, checks each file's SHA-256 and loads the runtime and every model. `runtime`: path of
    /// `libonnxruntime.so`, or none to look where [`crate::runtime_path`] says. `threads`: how many model runs one examination may
    /// have going at a time (at least 1); each run uses one thread.
    ///
    /// # Errors
    /// Any [`OnnxError`] but `Run`.
    pub fn open(folder: &Path, runtime: Option<&Path>, threads: usize) -> Result<Self, OnnxError> {
        let checked = manifest::read(folder)?;
        let environment = runtime::environment(runtime)?;
        let mut installed = BTreeMap::new();
        for model in checked {
            let info = model.info;
            let engine = match model.weights {
                None => None,
                Some(weights) => {
                    let engine = PooledEngine::new(info.clone(), weights, environment.clone())?;
                    Some(Arc::new(engine) as Arc<dyn Engine>)
                }
            };
            tracing::debug!(model = %info.id, version = %info.version, "opened model `{}`", info.id);
            installed.insert(info.id.clone(), Installed { info, engine });
        }
        Ok(Self { installed, threads: threads.max(1) })
    }

    /// Models out of ready engines, for tests. An engine whose model is withdrawn is listed and not given out.
    pub fn from_engines(engines: impl IntoIterator<Item = Arc<dyn Engine>>, threads: usize) -> Self {
        let installed = engines
            .into_iter()
            .map(|engine| {
                let info = engine.model().clone();
                let engine = (!info.withdrawn).then_some(engine);
                (info.id.clone(), Installed { info, engine })
            })
            .collect();
        Self { installed, threads: threads.max(1) }
    }

    /// What is installed, by id.
    pub fn list(&self) -> Vec<ModelInfo> {
        self.installed.values().map(|model| model.info.clone()).collect()
    }

    /// What the manifest says of a model.
    pub fn info(&self, id: &str) -> Option<&ModelInfo> {
        self.installed.get(id).map(|model| &model.info)
    }

    /// How many model runs one examination may have going at a time.
    pub const fn threads(&self) -> usize {
        self.threads
    }

    /// An engine for a model.
    ///
    /// # Errors
    /// [`OnnxError::Model`] if there is no such model or it is withdrawn.
    pub fn engine(&self, id: &str) -> Result<Arc<dyn Engine>, OnnxError> {
        let model =
            self.installed.get(id).ok_or_else(|| OnnxError::model(id, "the manifest does not list it"))?;
        model.engine.clone().ok_or_else(|| OnnxError::model(id, "it is withdrawn"))
    }
}
