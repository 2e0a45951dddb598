//! Files that the reader drops on the page or picks in a dialog: what they are called at once, what they hold when
//! it is asked for. Nothing leaves the browser.

use js_sys::{Array, Function, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    DragEvent, File, FileSystemDirectoryEntry, FileSystemEntry, FileSystemFileEntry, HtmlInputElement,
};

/// More files than this are not even listed.
const MOST_LISTED: usize = 20_000;

/// A file that is not read yet.
#[derive(Clone, Debug)]
pub struct HandedFile {
    /// Its path, the names of the folders that hold it first.
    pub path: String,
    /// Its size in bytes.
    pub size: usize,
    file: File,
}

/// What the reader handed over.
#[derive(Debug)]
pub struct Handed {
    /// The name of the first file or folder.
    pub name: String,
    files: Vec<HandedFile>,
    folders: Vec<FileSystemEntry>,
}

impl Handed {
    /// What was dropped; to be called while the event lasts. `None` if there are no files in it.
    pub fn dropped(event: &DragEvent) -> Option<Handed> {
        let items = event.data_transfer()?.items();
        let mut handed = Handed { name: String::new(), files: Vec::new(), folders: Vec::new() };
        for index in 0..items.length() {
            let Some(item) = items.get(index) else { continue };
            match item.webkit_get_as_entry().ok().flatten().filter(FileSystemEntry::is_directory) {
                Some(folder) => handed.folders.push(folder),
                None => handed.files.extend(item.get_as_file().ok().flatten().map(HandedFile::new)),
            }
        }
        handed.named()
    }

    /// What was picked; the input is empty afterwards, so that the same can be picked again.
    pub fn picked(input: &HtmlInputElement) -> Option<Handed> {
        let list = input.files()?;
        let files = (0..list.length()).filter_map(|index| list.get(index)).map(HandedFile::new).collect();
        input.set_value("");
        Handed { name: String::new(), files, folders: Vec::new() }.named()
    }

    fn named(mut self) -> Option<Handed> {
        let file = self.files.first().map(|file| file.path.split('/').next().unwrap_or_default().to_owned());
        self.name = self.folders.first().map(FileSystemEntry::name).or(file)?;
        Some(self)
    }

    /// All files, those in folders too.
    ///
    /// # Errors
    /// A sentence: there are too many, or the browser does not give them.
    pub async fn list(self) -> Result<Vec<HandedFile>, String> {
        let Handed { mut files, mut folders, .. } = self;
        while let Some(folder) = folders.pop() {
            let path = folder.full_path();
            let reader = folder.unchecked_into::<FileSystemDirectoryEntry>().create_reader();
            loop {
                let batch = answer(&path, |done, failed| {
                    reader.read_entries_with_callback_and_callback(done, failed)
                });
                let batch: Array = batch.await?.unchecked_into();
                if batch.length() == 0 {
                    break;
                }
                for entry in batch.iter().map(JsCast::unchecked_into::<FileSystemEntry>) {
                    if entry.is_directory() {
                        folders.push(entry);
                        continue;
                    }
                    let path = entry.full_path();
                    let entry: FileSystemFileEntry = entry.unchecked_into();
                    let file = answer(&path, |done, failed| {
                        entry.file_with_callback_and_callback(done, failed);
                        Ok(())
                    });
                    let file = HandedFile::new(file.await?.unchecked_into());
                    files.push(HandedFile { path: path.trim_start_matches('/').to_owned(), ..file });
                }
                if files.len() + folders.len() > MOST_LISTED {
                    return Err(format!("it holds more than {MOST_LISTED} files."));
                }
            }
        }
        if files.len() > MOST_LISTED {
            return Err(format!("it holds more than {MOST_LISTED} files."));
        }
        Ok(files)
    }
}

impl HandedFile {
    fn new(file: File) -> HandedFile {
        let path = Reflect::get(&file, &"webkitRelativePath".into()).ok().and_then(|path| path.as_string());
        let path = path.filter(|path| !path.is_empty()).unwrap_or_else(|| file.name());
        HandedFile { path, size: file.size() as usize, file }
    }

    /// What it holds.
    ///
    /// # Errors
    /// A sentence: the browser does not give it.
    pub async fn read(&self) -> Result<Vec<u8>, String> {
        match JsFuture::from(self.file.array_buffer()).await {
            Ok(buffer) => Ok(Uint8Array::new(&buffer).to_vec()),
            Err(_) => Err(unreadable(&self.path)),
        }
    }
}

/// Waits for the answer of a function that takes two callbacks.
async fn answer<T>(
    path: &str,
    ask: impl FnOnce(&Function, &Function) -> Result<T, JsValue>,
) -> Result<JsValue, String> {
    let mut ask = Some(ask);
    let promise = Promise::new(&mut |done, failed| {
        if let Some(ask) = ask.take()
            && let Err(error) = ask(&done, &failed)
        {
            let _ = failed.call1(&JsValue::NULL, &error);
        }
    });
    JsFuture::from(promise).await.map_err(|_| unreadable(path))
}

fn unreadable(path: &str) -> String {
    format!("the browser cannot read {path}.")
}
