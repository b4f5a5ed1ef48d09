// Inside this room: a layer over SQLite's file system that hands the write-ahead log over in large pieces.
//
// SQLite writes each page of a commit with two calls, a header of 24 bytes and the page; a group of writes changes some
// hundreds of pages. Here what follows on is gathered and written at the latest before the log is synchronised, read,
// measured or cut. A commit is durable by its synchronisation, as before: with synchronous=FULL nothing is promised earlier.
#pragma once

namespace civitas::sql {

/// The name for sqlite3_open_v2 of the connection that writes. Registers the layer at the first call; never fails after
/// that. Null when SQLite has no file system of its own, which opens as usual.
const char* gathering_file_system();

}  // namespace civitas::sql
