/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L /* open, read */
#define _FILE_OFFSET_BITS 64
#include "batch/tar_feed.h"

#include "batch/collect.h"
#include "batch/tar_read.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

typedef struct tar_stream {
    struct batch *batch;
    int fd;
} tar_stream;

static ptrdiff_t fill(void *user, void *bytes, size_t size)
{
    const tar_stream *s = user;

    return batch_read(s->batch, s->fd, bytes, size, false);
}

static size_t more(void *user, void *bytes, size_t size)
{
    return tar_read_data(user, bytes, size);
}

static batch_input member(tar_reader *r, tar_step step)
{
    batch_input input = {.path = r->name.data};

    if (step == TAR_SPARSE) {
        input.trouble = REASON_UNSUPPORTED;
        input.why = "a sparse file, or one in several volumes, in a tar stream";
    } else if (r->size > PICTURE_FILE_MAX) {
        input.trouble = REASON_TOO_LARGE;
        input.why = "larger than the limit of 512 MiB";
    } else {
        collect(&input, r->size, more, r);
    }
    return input;
}

static bool feed_all(tar_reader *r, const char *path, struct batch *b, walk_skipped *skipped)
{
    for (;;) {
        const tar_step step = tar_next(r);
        switch (step) {
        case TAR_END: return true;
        case TAR_TRUNCATED:
        case TAR_DAMAGED:
            return batch_submit(b, (batch_input){.path = path, .why = r->why,
                                                 .trouble = step == TAR_DAMAGED ? REASON_CORRUPT : REASON_TRUNCATED});
        case TAR_DIRECTORY: break;
        case TAR_HARD_LINK: skipped->hard_links++; break;
        case TAR_SYMLINK: skipped->symlinks++; break;
        case TAR_SPECIAL: skipped->specials++; break;
        case TAR_FILE:
        case TAR_SPARSE: {
            const batch_input input = member(r, step);
            if (!batch_submit(b, input))
                return false;
            if (input.trouble == REASON_TRUNCATED)
                return true; /* it was told */
            break;
        }
        }
    }
}

bool tar_feed(void *source, struct batch *b, walk_skipped *skipped)
{
    const char *path = *(const char *const *)source;
    const bool is_stdin = strcmp(path, "-") == 0;
    tar_stream stream = {b, is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)};
    tar_reader reader;

    if (stream.fd < 0)
        return batch_submit(b, (batch_input){.path = path, .trouble = REASON_UNREADABLE, .why = strerror(errno)});
    tar_begin(&reader, fill, &stream);
    bool going = feed_all(&reader, path, b, skipped);
    tar_reader_free(&reader);
    if (!is_stdin)
        close(stream.fd);
    return going;
}
