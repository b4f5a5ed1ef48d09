// Inside this room: the write-ahead log of the connection that writes, as a layer over SQLite's file system.
//
// SQLite writes each page of a commit with two calls, a header of 24 bytes and the page; a group of writes changes some
// hundreds of pages. Here what follows on is gathered and written at the latest before the log is synchronised, read,
// measured or cut. And a COMMIT may leave the waiting for the disk to another thread (decision 0007).
#pragma once

struct sqlite3;

namespace civitas::sql {

/// The name for sqlite3_open_v2 of the connection that writes. Registers the layer at the first call; never fails after
/// that. Null when SQLite has no file system of its own, which opens as usual.
const char* log_file_system();

/// A descriptor of the log for `wait_for_disk`, valid while the connection is open; -1: the connection is not open
/// through the layer or has no log, and its COMMITs always wait themselves.
int log_descriptor(sqlite3* writer);

/// While one lives, a COMMIT of the connection writes the log and does not wait for the disk: whoever commits calls
/// `wait_for_disk` before anybody is told. The beginning of a new log is waited for all the same, as SQLite's recovery
/// counts on it. Only where `log_descriptor` is not -1.
class CommitsDoNotWait {
 public:
  explicit CommitsDoNotWait(sqlite3* writer);
  ~CommitsDoNotWait();
  CommitsDoNotWait(const CommitsDoNotWait&) = delete;
  CommitsDoNotWait& operator=(const CommitsDoNotWait&) = delete;

 private:
  sqlite3* writer_;
};

/// Returns when all that was written to the log before the call is on the disk; from any thread. A disk that refuses
/// ends the program (exit code 74): what the system has not written is lost to it and a second try would report
/// success, so only a new start, which reads what the disk holds, knows again what is kept.
void wait_for_disk(int log_descriptor);

}  // namespace civitas::sql
