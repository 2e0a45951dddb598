//! Texts that outlive a reload.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;

/// Why a text could not be kept or read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StorageError {
    /// The browser forbids storage for this page.
    Denied,
    /// The quota is used up.
    Full,
}

impl fmt::Display for StorageError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            StorageError::Denied => {
                "This browser does not let the page keep data: everything works, but a reload starts afresh."
            }
            StorageError::Full => {
                "The browser's storage for this page is full: everything works, but a reload loses the latest changes."
            }
        })
    }
}

/// A place for named texts.
pub trait Storage {
    /// The text under `name`, `None` if there is none.
    ///
    /// # Errors
    /// [`StorageError::Denied`] if there is no storage to read.
    fn read(&self, name: &str) -> Result<Option<String>, StorageError>;

    /// Keeps `text` under `name`.
    ///
    /// # Errors
    /// [`StorageError::Denied`] if there is no storage, [`StorageError::Full`] if the text does not fit; the text
    /// that was there stays.
    fn write(&self, name: &str, text: &str) -> Result<(), StorageError>;

    /// Forgets the text under `name`.
    ///
    /// # Errors
    /// [`StorageError::Denied`] if there is no storage.
    fn remove(&self, name: &str) -> Result<(), StorageError>;
}

/// A storage that lives as long as the value: the twin of the browser's for tests, with its ways to fail.
#[derive(Debug, Default)]
pub struct MemoryStorage {
    texts: RefCell<BTreeMap<String, String>>,
    quota: Option<usize>,
    denied: bool,
}

impl MemoryStorage {
    /// A storage that holds `quota` bytes of names and texts.
    pub fn with_quota(quota: usize) -> MemoryStorage {
        MemoryStorage { quota: Some(quota), ..MemoryStorage::default() }
    }

    /// A storage that refuses everything.
    pub fn denied() -> MemoryStorage {
        MemoryStorage { denied: true, ..MemoryStorage::default() }
    }

    fn check_access(&self) -> Result<(), StorageError> {
        if self.denied { Err(StorageError::Denied) } else { Ok(()) }
    }
}

impl Storage for MemoryStorage {
    fn read(&self, name: &str) -> Result<Option<String>, StorageError> {
        self.check_access()?;
        Ok(self.texts.borrow().get(name).cloned())
    }

    fn write(&self, name: &str, text: &str) -> Result<(), StorageError> {
        self.check_access()?;
        let mut texts = self.texts.borrow_mut();
        let others: usize =
            texts.iter().filter(|(key, _)| *key != name).map(|(key, value)| key.len() + value.len()).sum();
        if self.quota.is_some_and(|quota| others + name.len() + text.len() > quota) {
            return Err(StorageError::Full);
        }
        texts.insert(name.to_owned(), text.to_owned());
        Ok(())
    }

    fn remove(&self, name: &str) -> Result<(), StorageError> {
        self.check_access()?;
        self.texts.borrow_mut().remove(name);
        Ok(())
    }
}

/// The browser's storage of this site; names get the page's prefix, since several pages may share a host.
#[cfg(target_arch = "wasm32")]
#[derive(Debug, Default)]
pub struct BrowserStorage;

#[cfg(target_arch = "wasm32")]
impl BrowserStorage {
    fn area() -> Result<web_sys::Storage, StorageError> {
        let window = web_sys::window().ok_or(StorageError::Denied)?;
        window.local_storage().ok().flatten().ok_or(StorageError::Denied)
    }

    fn full_name(name: &str) -> String {
        format!("statefulset-playground/{name}")
    }
}

#[cfg(target_arch = "wasm32")]
impl Storage for BrowserStorage {
    fn read(&self, name: &str) -> Result<Option<String>, StorageError> {
        Self::area()?.get_item(&Self::full_name(name)).map_err(|_| StorageError::Denied)
    }

    fn write(&self, name: &str, text: &str) -> Result<(), StorageError> {
        Self::area()?.set_item(&Self::full_name(name), text).map_err(|_| StorageError::Full)
    }

    fn remove(&self, name: &str) -> Result<(), StorageError> {
        Self::area()?.remove_item(&Self::full_name(name)).map_err(|_| StorageError::Denied)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_comes_back_until_it_is_removed() {
        let storage = MemoryStorage::default();
        assert_eq!(storage.read("a"), Ok(None));
        assert_eq!(storage.write("a", "one"), Ok(()));
        assert_eq!(storage.read("a"), Ok(Some("one".to_owned())));
        assert_eq!(storage.remove("a"), Ok(()));
        assert_eq!(storage.read("a"), Ok(None));
    }

    #[test]
    fn a_full_storage_keeps_what_it_had() {
        let storage = MemoryStorage::with_quota(5);
        assert_eq!(storage.write("a", "1234"), Ok(()));
        assert_eq!(storage.write("a", "12345"), Err(StorageError::Full));
        assert_eq!(storage.read("a"), Ok(Some("1234".to_owned())));
    }

    #[test]
    fn a_denied_storage_says_so() {
        let storage = MemoryStorage::denied();
        assert_eq!(storage.read("a"), Err(StorageError::Denied));
        assert_eq!(storage.write("a", ""), Err(StorageError::Denied));
    }
}
