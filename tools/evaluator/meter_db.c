/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "evaluator/meter_db.h"

#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WAIT_FOR_OTHER_MS 500 /* a process that is just ending may hold the file still */

static const char table[] = "CREATE TABLE bucket (credential TEXT PRIMARY KEY NOT NULL, missing INTEGER NOT NULL,"
                            " wall_ms INTEGER NOT NULL, running_ms INTEGER NOT NULL, boot TEXT NOT NULL)"
                            " STRICT, WITHOUT ROWID";
#define APPLICATION_ID 1885889901 /* "phme" */

struct meter_db {
    sqlite3 *sqlite;
    sqlite3_stmt *put;
    sqlite3_stmt *remove;
    char *path;
    dev_t device; /* which file it was */
    ino_t inode;
};

static bool explain(const char *path, sqlite3 *sqlite, int rc)
{
    switch (rc & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        say("%s: another process uses it; a meter's file serves one evaluator", path);
        break;
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
        say("%s: damaged, or no meter's file: %s; restore it, or move it away to let every credential begin anew", path,
            sqlite3_errstr(rc));
        break;
    default:
        say("%s: %s", path, sqlite != NULL ? sqlite3_errmsg(sqlite) : sqlite3_errstr(rc));
        break;
    }
    return false;
}

static bool run(meter_db *db, const char *sql)
{
    int rc = sqlite3_exec(db->sqlite, sql, NULL, NULL, NULL);

    return rc == SQLITE_OK || explain(db->path, db->sqlite, rc);
}

/* The first column of the first row, as a word. False after a message. */
static bool ask(meter_db *db, const char *sql, char *out, size_t size)
{
    sqlite3_stmt *s = NULL;
    int rc = sqlite3_prepare_v2(db->sqlite, sql, -1, &s, NULL);

    out[0] = '\0';
    if (rc == SQLITE_OK)
        rc = sqlite3_step(s);
    if (rc == SQLITE_ROW && sqlite3_column_text(s, 0) != NULL)
        snprintf(out, size, "%s", (const char *)sqlite3_column_text(s, 0));
    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        explain(db->path, db->sqlite, rc);
    sqlite3_finalize(s);
    return rc == SQLITE_ROW || rc == SQLITE_DONE;
}

/* SQLite would make it readable for others. */
static bool make_file(meter_db *db)
{
    struct stat info;
    int fd = open(db->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);

    if (fd < 0 || fstat(fd, &info) != 0) {
        say("%s: cannot open: %s", db->path, strerror(errno));
        if (fd >= 0)
            close(fd);
        return false;
    }
    close(fd);
    if (!S_ISREG(info.st_mode)) {
        say("%s: not a regular file", db->path);
        return false;
    }
    db->device = info.st_dev;
    db->inode = info.st_ino;
    return true;
}

/* Whoever could put a file in place could put triggers into it: it holds our table and nothing else. */
static bool check_schema(meter_db *db)
{
    char sound[128];
    char id[32];
    char count[32];
    char sql[sizeof table + 8];

    if (!ask(db, "PRAGMA quick_check(1)", sound, sizeof sound) || !ask(db, "PRAGMA application_id", id, sizeof id) ||
        !ask(db, "SELECT count(*) FROM sqlite_schema", count, sizeof count) ||
        !ask(db, "SELECT sql FROM sqlite_schema", sql, sizeof sql))
        return false;
    if (strcmp(sound, "ok") != 0)
        return explain(db->path, NULL, SQLITE_CORRUPT);
    if (strcmp(id, "0") == 0 && strcmp(count, "0") == 0) {
        char init[sizeof table + 128];
        snprintf(init, sizeof init, "BEGIN IMMEDIATE; %s; PRAGMA application_id = %d; COMMIT", table, APPLICATION_ID);
        return run(db, init);
    }
    char wanted[16];
    snprintf(wanted, sizeof wanted, "%d", APPLICATION_ID);
    if (strcmp(id, wanted) == 0 && strcmp(count, "1") == 0 && strcmp(sql, table) == 0)
        return true;
    say("%s: a database, but not one of a meter of this version", db->path);
    return false;
}

static bool set_up(meter_db *db)
{
    char mode[32];
    int rc = sqlite3_open_v2(db->path, &db->sqlite, SQLITE_OPEN_READWRITE | SQLITE_OPEN_FULLMUTEX, NULL);

    if (rc != SQLITE_OK)
        return explain(db->path, db->sqlite, rc);
    sqlite3_extended_result_codes(db->sqlite, 1);
    sqlite3_busy_timeout(db->sqlite, WAIT_FOR_OTHER_MS);
    sqlite3_db_config(db->sqlite, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    /* Exclusive before the first read: from there on the file is ours until we close it or die. */
    if (!run(db, "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA locking_mode = EXCLUSIVE;"
                 "BEGIN EXCLUSIVE; COMMIT") ||
        !ask(db, "PRAGMA journal_mode = WAL", mode, sizeof mode))
        return false;
    if (strcmp(mode, "wal") != 0) {
        say("%s: the file system there does not do for it (journal mode %s)", db->path, mode);
        return false;
    }
    if (!run(db, "PRAGMA synchronous = FULL; BEGIN EXCLUSIVE; COMMIT") || !check_schema(db))
        return false;
    rc = sqlite3_prepare_v3(db->sqlite, "INSERT OR REPLACE INTO bucket VALUES (?1, ?2, ?3, ?4, ?5)", -1,
                            SQLITE_PREPARE_PERSISTENT, &db->put, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_prepare_v3(db->sqlite, "DELETE FROM bucket WHERE credential = ?1", -1, SQLITE_PREPARE_PERSISTENT,
                                &db->remove, NULL);
    return rc == SQLITE_OK || explain(db->path, db->sqlite, rc);
}

static void release(meter_db **db)
{
    free((*db)->path);
    free(*db);
    *db = NULL;
}

bool meter_db_open(meter_db **out, const char *path)
{
    meter_db *db = calloc(1, sizeof *db);

    if (db != NULL)
        db->path = strdup(path);
    if (db == NULL || db->path == NULL) {
        say("%s: out of memory", path);
        free(db);
        return false;
    }
    if (make_file(db) && set_up(db)) {
        *out = db;
        return true;
    }
    sqlite3_finalize(db->put);
    sqlite3_finalize(db->remove);
    sqlite3_close(db->sqlite);
    release(&db);
    return false;
}

/* Numbers of a row as we write them, text without a NUL inside. */
static bool row_from(meter_row *row, sqlite3_stmt *s)
{
    const sqlite3_int64 missing = sqlite3_column_int64(s, 1);
    const sqlite3_int64 wall = sqlite3_column_int64(s, 2);
    const sqlite3_int64 running = sqlite3_column_int64(s, 3);

    row->credential = (const char *)sqlite3_column_text(s, 0);
    row->boot = (const char *)sqlite3_column_text(s, 4);
    if (missing < 1 || wall < 0 || running < 0 || row->credential == NULL || row->boot == NULL ||
        strlen(row->credential) != (size_t)sqlite3_column_bytes(s, 0))
        return false;
    row->missing = (uint64_t)missing;
    row->wall_ms = (uint64_t)wall;
    row->running_ms = (uint64_t)running;
    return true;
}

bool meter_db_read(meter_db *db, meter_row_fn *take, void *user)
{
    sqlite3_stmt *s = NULL;
    meter_row row;
    bool good = true;
    int rc = sqlite3_prepare_v2(db->sqlite, "SELECT credential, missing, wall_ms, running_ms, boot FROM bucket", -1, &s,
                                NULL);

    while (rc == SQLITE_OK || rc == SQLITE_ROW) {
        rc = sqlite3_step(s);
        if (rc != SQLITE_ROW)
            break;
        if (!row_from(&row, s)) {
            rc = SQLITE_CORRUPT;
        } else if (!take(user, &row)) {
            good = false;
            break;
        }
    }
    if (good && rc != SQLITE_DONE)
        good = explain(db->path, rc == SQLITE_CORRUPT ? NULL : db->sqlite, rc);
    sqlite3_finalize(s);
    return good;
}

static int step_once(sqlite3_stmt *s)
{
    int rc = sqlite3_step(s);

    sqlite3_reset(s);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int write_row(meter_db *db, const meter_row *row)
{
    sqlite3_stmt *s = row->missing != 0 ? db->put : db->remove;
    int rc = sqlite3_bind_text(s, 1, row->credential, -1, SQLITE_STATIC);

    if (rc == SQLITE_OK && row->missing != 0) {
        rc = sqlite3_bind_int64(s, 2, (sqlite3_int64)row->missing);
        if (rc == SQLITE_OK)
            rc = sqlite3_bind_int64(s, 3, (sqlite3_int64)row->wall_ms);
        if (rc == SQLITE_OK)
            rc = sqlite3_bind_int64(s, 4, (sqlite3_int64)row->running_ms);
        if (rc == SQLITE_OK)
            rc = sqlite3_bind_text(s, 5, row->boot, -1, SQLITE_STATIC);
    }
    if (rc == SQLITE_OK)
        rc = step_once(s);
    sqlite3_clear_bindings(s);
    return rc;
}

/* Writing into a file that was moved away would succeed and be for nothing. */
static bool is_in_place(const meter_db *db)
{
    struct stat info;

    return stat(db->path, &info) == 0 && info.st_dev == db->device && info.st_ino == db->inode;
}

bool meter_db_write(meter_db *db, const meter_row *rows, size_t n, char *why, size_t why_size)
{
    if (!is_in_place(db)) {
        snprintf(why, why_size, "the file was removed or replaced while it was in use");
        return false;
    }
    int rc = sqlite3_exec(db->sqlite, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    for (size_t i = 0; rc == SQLITE_OK && i < n; i++)
        rc = write_row(db, &rows[i]);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(db->sqlite, "COMMIT", NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        return true;
    snprintf(why, why_size, "%s", sqlite3_errstr(rc));
    if (sqlite3_get_autocommit(db->sqlite) == 0)
        sqlite3_exec(db->sqlite, "ROLLBACK", NULL, NULL, NULL);
    return false;
}

bool meter_db_close(meter_db **db)
{
    if (*db == NULL)
        return true;
    sqlite3_finalize((*db)->put);
    sqlite3_finalize((*db)->remove);
    int rc = sqlite3_close((*db)->sqlite);
    if (rc != SQLITE_OK)
        explain((*db)->path, NULL, rc);
    release(db);
    return rc == SQLITE_OK;
}
