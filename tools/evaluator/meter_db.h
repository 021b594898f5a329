/* SPDX-License-Identifier: Apache-2.0 */
/* The file behind a meter: one row for each bucket that is not full. SQLite, held by one process at a time. */
#ifndef PHASH_TOOLS_METER_DB_H
#define PHASH_TOOLS_METER_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct meter_db meter_db;

typedef struct meter_row {
    const char *credential;
    uint64_t missing;    /* elements; 0 removes the row */
    uint64_t wall_ms;    /* time of day at which so many were missing */
    uint64_t running_ms; /* the same instant since the machine started */
    const char *boot;    /* which start of the machine */
} meter_row;

/** Take a row; its strings last for the call. False stops the reading. */
typedef bool meter_row_fn(void *user, const meter_row *row);

/** Open or create the file, mode 0600, and hold it against every other process. False after a message when it is in
 *  use, damaged or something else. */
bool meter_db_open(meter_db **out, const char *path);

/** Give every row; false after a message, or without one when take returned false. */
bool meter_db_read(meter_db *db, meter_row_fn *take, void *user);

/** Write rows in one transaction, on disk when this returns. False with a message in why. */
bool meter_db_write(meter_db *db, const meter_row *rows, size_t n, char *why, size_t why_size);

/** Close and free; false after a message. */
bool meter_db_close(meter_db **db);

#endif
