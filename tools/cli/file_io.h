/* SPDX-License-Identifier: Apache-2.0 */
/* Reading whole files within a limit, and writing files that are there whole or not at all. */
#ifndef PHASH_TOOLS_FILE_IO_H
#define PHASH_TOOLS_FILE_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/** A buffer for file contents, reused from file to file. */
typedef struct file_buffer {
    uint8_t *data;
    size_t size;
    size_t room;
} file_buffer;

typedef enum file_result { FILE_OK, FILE_UNREADABLE, FILE_TOO_LARGE, FILE_NO_MEMORY } file_result;

/** open(path, flags) for reading, without leaving a new time of access where the system lets us: for the owner of the
 *  file, and root. Evidence is left as it was found. -1 with errno. */
int file_open_quietly(const char *path, int flags);

/** Read a regular file. why gets a message, of size why_size, unless FILE_OK.
 *
 *  Opens quietly, without blocking on fifos and without following anything but what the name says. */
file_result file_read(file_buffer *buffer, char *why, size_t why_size, const char *path, uint64_t max_size);

/** Free the memory; wipe it first when `secret`. */
void file_buffer_free(file_buffer *buffer, bool secret);

/** An output file under way: one without a name where the system has such, else a temporary file beside the final
 *  name. */
typedef struct output_file {
    FILE *stream;
    char *path;
    char *temporary; /* empty while there is none */
    bool nameless;
    char link[32]; /* by which a nameless file is reached */
} output_file;

/** Begin writing path with permission bits mode. False after a message.
 *  The directory must be writable; nothing shows under the final name until output_commit. */
bool output_begin(output_file *out, const char *path, unsigned mode);

/** Flush, fsync, rename into place and fsync the directory. With replace false an existing file is kept and that is an
 *  error. False after a message; the temporary file is gone then. */
bool output_commit(output_file *out, bool replace);

/** From now on the file is to get another name, in the same directory. False when memory is short. */
bool output_redirect(output_file *out, const char *path);

/** Give up: remove the temporary file. Does nothing after output_commit. */
void output_abandon(output_file *out);

#endif
