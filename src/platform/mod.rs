//! The browser behind small traits, with in-memory twins for tests.
//!
//! In: what the page asks of the browser: storage, the clipboard, files in and out, a last rescue of the reader's texts.
//! Out: plain values and errors in words. Beside `ui` this is the only module that may name the browser; what is
//! not behind a target gate here builds and runs natively.

mod storage;

#[cfg(target_arch = "wasm32")]
mod files;
#[cfg(target_arch = "wasm32")]
mod handover;
#[cfg(target_arch = "wasm32")]
mod rescue;
#[cfg(target_arch = "wasm32")]
mod schedule;

#[cfg(target_arch = "wasm32")]
pub use files::{Handed, HandedFile};
#[cfg(target_arch = "wasm32")]
pub use handover::{copy_text, download};
#[cfg(target_arch = "wasm32")]
pub use rescue::{keep_for_rescue, show_panics};
#[cfg(target_arch = "wasm32")]
pub use schedule::{Task, after_paint, milliseconds, seconds_since_1970, soon};
#[cfg(target_arch = "wasm32")]
pub use storage::BrowserStorage;
pub use storage::{MemoryStorage, Storage, StorageError};
