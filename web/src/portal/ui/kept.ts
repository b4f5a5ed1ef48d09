import { Problem, upload } from '../../shared/api'
import { t } from '../../shared/i18n'
import type { FileRef } from '../../shared/types'

/** Files chosen before anybody signed in stay in the browser until they can be sent. */
export interface KeptFile { key: string; name: string; size: number; type: string; blob: Blob }

let opened: Promise<IDBDatabase> | null = null

function open(): Promise<IDBDatabase> {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open('civitas', 1)
    request.onupgradeneeded = () => request.result.createObjectStore('files', { keyPath: 'key' })
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
  return opened
}

async function within<T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const database = await open()
  return new Promise((resolve, reject) => {
    const request = work(database.transaction('files', mode).objectStore('files'))
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}

export const keep_file = (file: KeptFile): Promise<unknown> => within('readwrite', (store) => store.put(file))
export const kept_file = (key: string): Promise<KeptFile | undefined> => within<KeptFile | undefined>('readonly', (store) => store.get(key))
export const drop_file = (key: string): Promise<unknown> => within('readwrite', (store) => store.delete(key))
export const is_kept = (id: string): boolean => id.startsWith('kept:')

/** Sends what is still in the browser, in order. `at` hears before each, and after the last, how many are done and what the list is now: what was sent is kept no longer. */
export async function sent_files(files: FileRef[], at: (done: number, now: FileRef[]) => void): Promise<FileRef[]> {
  const sent: FileRef[] = []
  for (const [index, file] of files.entries()) {
    at(index, [...sent, ...files.slice(index)])
    if (!is_kept(file.id)) {
      sent.push(file)
      continue
    }
    const held = await kept_file(file.id)
    if (!held) throw new Problem(0, { detail: t('file.gone', { name: file.name }) })
    sent.push(await upload(new File([held.blob], held.name, { type: held.type })))
    void drop_file(file.id)
  }
  at(files.length, sent)
  return sent
}
