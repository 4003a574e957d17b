//! Password hashes: argon2id, never more at once than the machine can bear, and no hint who exists.

use std::{
    fmt,
    num::NonZeroUsize,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use argon2::{
    Algorithm, Argon2, Block, Params, Version,
    password_hash::{
        Error,
        phc::{Output, ParamsString, PasswordHash, Salt},
    },
};
use metier_core::{Fault, FaultKind, Random, Secret};
use serde::{Deserialize, Serialize};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task,
};

use crate::policy::{MAX_BYTES, PasswordRefusal};

/// Memory of one hash in KiB. With [`PASSES`] and [`LANES`] it is the second choice of the OWASP Password
/// Storage Cheat Sheet (19 MiB, 2, 1), equal in strength to its first and lighter on memory.
const MEMORY_KIB: u32 = 19 * 1024;
/// Passes over that memory.
const PASSES: u32 = 2;
/// Lanes computed side by side.
const LANES: u32 = 1;
/// Callers who may wait for their turn.
const WAITING: usize = 64;
/// When a caller who found the queue full may come back.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// How much work a hash is, and how many are computed at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct HashSettings {
    /// Memory of one hash in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
    /// Lanes computed side by side.
    pub lanes: u32,
    /// Hashes computed at once.
    pub concurrent: NonZeroUsize,
    /// Callers who may wait for their turn; more are turned away.
    pub waiting: usize,
}

impl Default for HashSettings {
    fn default() -> Self {
        let concurrent = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        Self { memory_kib: MEMORY_KIB, passes: PASSES, lanes: LANES, concurrent, waiting: WAITING }
    }
}

/// Why passwords cannot be hashed or checked.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// The settings are outside of what argon2 allows.
    #[error("the settings for password hashes are outside of what argon2 allows")]
    Settings(#[source] argon2::Error),
    /// argon2 refused.
    #[error("a password cannot be hashed")]
    Hash(#[source] Error),
    /// The stored hash is not one of ours.
    #[error("a stored password hash is damaged")]
    Damaged,
}

/// Hashes and checks passwords. Clones share the queue.
#[derive(Clone)]
pub struct PasswordHasher(Arc<Inner>);

struct Inner {
    params: Params,
    /// Verified against when there is no user, so that an answer takes as long either way.
    nobody: String,
    random: Random,
    admitted: Arc<Semaphore>,
    running: Arc<Semaphore>,
    computed: AtomicU64,
    memory: Memory,
}

impl PasswordHasher {
    /// Makes a hasher, which computes one hash at once.
    ///
    /// # Errors
    /// When the settings are outside of what argon2 allows.
    pub fn new(settings: &HashSettings, random: &Random) -> Result<Self, PasswordError> {
        let params = Params::new(settings.memory_kib, settings.passes, settings.lanes, None)
            .map_err(PasswordError::Settings)?;
        let memory = Memory::default();
        let nobody = compute(&memory, &params, &random.bytes::<32>(), &random.bytes())?;
        let concurrent = settings.concurrent.get().min(Semaphore::MAX_PERMITS / 2);
        let admitted = concurrent + settings.waiting.min(Semaphore::MAX_PERMITS / 2);
        Ok(Self(Arc::new(Inner {
            params,
            nobody,
            random: random.clone(),
            admitted: Arc::new(Semaphore::new(admitted)),
            running: Arc::new(Semaphore::new(concurrent)),
            computed: AtomicU64::new(0),
            memory,
        })))
    }

    /// The hash to store, in PHC form.
    ///
    /// # Errors
    /// `busy` when too many wait already; `invalid_parameters` when the password is too long to be checked.
    pub async fn hash(&self, password: Secret<String>) -> Result<String, Fault> {
        if password.expose().len() > MAX_BYTES {
            return Err(Fault::invalid("password", PasswordRefusal::TooLong.to_string()));
        }
        let salt = self.0.random.bytes();
        self.run(move |inner| compute(&inner.memory, &inner.params, password.expose().as_bytes(), &salt))
            .await
    }

    /// Whether the password is the one behind the stored hash. `None` stands for a user that does not
    /// exist: the work is done all the same, and the answer is no.
    ///
    /// # Errors
    /// `busy` when too many wait already; `internal` when the stored hash is damaged.
    pub async fn verify(&self, password: Secret<String>, stored: Option<String>) -> Result<bool, Fault> {
        self.run(move |inner| {
            // No password of ours is longer; hashing only its beginning keeps the work bounded and equal.
            let bytes = password.expose().as_bytes();
            let matches = check(
                &inner.memory,
                &bytes[..bytes.len().min(MAX_BYTES)],
                stored.as_deref().unwrap_or(&inner.nobody),
            )?;
            Ok(matches && stored.is_some() && bytes.len() <= MAX_BYTES)
        })
        .await
    }

    /// Whether a hash was made with other settings, so that it is worth replacing at the next sign-in.
    pub fn needs_rehash(&self, stored: &str) -> bool {
        let current = PasswordHash::new(stored).ok().filter(|hash| {
            let same_params = Params::try_from(hash).is_ok_and(|params| self.has_work_of(&params));
            hash.algorithm.as_str() == Algorithm::Argon2id.as_str() && same_params
        });
        current.is_none()
    }

    fn has_work_of(&self, params: &Params) -> bool {
        let work = |params: &Params| (params.m_cost(), params.t_cost(), params.p_cost());
        work(params) == work(&self.0.params)
    }

    /// How many hashes were computed for callers since the start.
    pub fn computed(&self) -> u64 {
        self.0.computed.load(Ordering::Relaxed)
    }

    /// The permits go with the work: a caller who leaves frees no place while the hash still computes.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> Result<T, PasswordError> + Send + 'static,
    ) -> Result<T, Fault> {
        let permits = self.enter().await?;
        let inner = Arc::clone(&self.0);
        let done = task::spawn_blocking(move || {
            let _permits = permits;
            inner.computed.fetch_add(1, Ordering::Relaxed);
            work(&inner)
        });
        done.await.map_err(Fault::internal)?.map_err(Fault::internal)
    }

    async fn enter(&self) -> Result<(OwnedSemaphorePermit, OwnedSemaphorePermit), Fault> {
        let busy = || Fault::new(FaultKind::Unavailable, "busy", "too many sign-ins at once; try again");
        let admitted = Arc::clone(&self.0.admitted).try_acquire_owned();
        let admitted = admitted.map_err(|_| busy().retry_after(RETRY_AFTER))?;
        let running = Arc::clone(&self.0.running).acquire_owned().await.map_err(Fault::internal)?;
        Ok((running, admitted))
    }
}

impl fmt::Debug for PasswordHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PasswordHasher").field("params", &self.0.params).finish_non_exhaustive()
    }
}

/// What hashes work in, kept for the next one. Left to the allocator, each thread that ever computed one would keep as
/// much.
#[derive(Default)]
struct Memory(Mutex<Vec<Vec<Block>>>);

impl Memory {
    fn take(&self, blocks: usize) -> Vec<Block> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut memory = kept.unwrap_or_default();
        memory.resize(blocks, Block::default());
        memory
    }

    fn give_back(&self, memory: Vec<Block>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(memory);
    }
}

fn compute(
    memory: &Memory,
    params: &Params,
    password: &[u8],
    salt: &[u8; 16],
) -> Result<String, PasswordError> {
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
    let output = fill(memory, &argon2, (password, salt), Params::DEFAULT_OUTPUT_LEN)?;
    let hash = PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(params).map_err(PasswordError::Hash)?,
        salt: Some(Salt::new(salt).map_err(|error| PasswordError::Hash(error.into()))?),
        hash: Some(output),
    };
    Ok(hash.to_string())
}

fn check(memory: &Memory, password: &[u8], stored: &str) -> Result<bool, PasswordError> {
    let stored = PasswordHash::new(stored).map_err(|_| PasswordError::Damaged)?;
    let (Some(salt), Some(hash)) = (&stored.salt, &stored.hash) else { return Err(PasswordError::Damaged) };
    let algorithm = Algorithm::try_from(stored.algorithm.as_str()).map_err(|_| PasswordError::Damaged)?;
    let version = stored.version.map_or(Ok(Version::default()), Version::try_from);
    let params = Params::try_from(&stored).map_err(|_| PasswordError::Damaged)?;
    let argon2 = Argon2::new(algorithm, version.map_err(|_| PasswordError::Damaged)?, params);
    let computed = fill(memory, &argon2, (password, salt.as_ref()), hash.len())?;
    // The comparison of outputs takes as long whether they are alike or not.
    Ok(computed == *hash)
}

/// Computes a hash of `length` bytes.
fn fill(
    memory: &Memory,
    argon2: &Argon2<'_>,
    (password, salt): (&[u8], &[u8]),
    length: usize,
) -> Result<Output, PasswordError> {
    let mut output = [0; Output::MAX_LENGTH];
    let output = output.get_mut(..length).ok_or(PasswordError::Damaged)?;
    let mut blocks = memory.take(argon2.params().block_count());
    let filled = argon2.hash_password_into_with_memory(password, salt, output, &mut blocks);
    memory.give_back(blocks);
    filled.map_err(|error| PasswordError::Hash(error.into()))?;
    Output::new(output).map_err(|error| PasswordError::Hash(error.into()))
}
