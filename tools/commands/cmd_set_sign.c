/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* getopt_long */
#include "batch/batch.h"
#include "cli/cli.h"
#include "cli/file_io.h"
#include "lists/set_text.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char help[] =
    "Usage: phash set sign --signing-key KEY.pem [--out FILE] SET.phb\n"
    "       phash set sign --message [--out FILE] SET.phb\n"
    "       phash set sign --add-signature SIG --signer PUB.pem [--out FILE] SET.phb\n"
    "\n"
    "Sign a blinded set: state with an Ed25519 key that this edition is yours. The set is verified\n"
    "first. A set may carry signatures of several organisations; an earlier one of the same key is\n"
    "replaced. Make a key with openssl genpkey -algorithm ed25519 -out KEY.pem, and its public half\n"
    "with openssl pkey -in KEY.pem -pubout -out PUB.pem.\n"
    "\n"
    "  --signing-key KEY.pem  sign with this secret key\n"
    "  --message              print the bytes to be signed, in hexadecimal digits, for a key that is\n"
    "                         kept elsewhere; with --out write the bytes themselves\n"
    "  --add-signature SIG    add a signature that was made elsewhere: a file of 64 bytes or of\n"
    "                         128 hexadecimal digits\n"
    "  --signer PUB.pem       with --add-signature: the public key it was made for\n"
    "  --out FILE             file to write; default: SET.phb itself is replaced\n"
    "  --quiet                do not say what was signed\n"
    "  --help                 this text\n"
    "  --version              version, decoders and kernels\n"
    "\n"
    "Exit status: 0 signed, 2 not signed, 64 usage.\n";

typedef struct sign_run {
    const char *key_path;
    const char *signature_path;
    const char *signer_path;
    const char *out_path;
    const char *set_path;
    bool message;
    bool quiet;
    phash_set_info info;
    uint8_t public_key[PHASH_SIGNER_KEY_SIZE];
    uint8_t signature[PHASH_SIGNATURE_SIZE];
} sign_run;

static int write_piece(void *user, const uint8_t *bytes, size_t size)
{
    output_file *out = user;

    return fwrite(bytes, 1, size, out->stream) == size ? 0 : -1;
}

/* A signature may not turn a damaged file into one that looks vouched for. */
static bool verify_blocks(const sign_run *run, const phash_set *set)
{
    phash_diag diag = {""};
    phash_status st = phash_set_verify(set, &diag, NULL, NULL, NULL);

    if (st != PHASH_OK)
        say("%s: %s", run->set_path, set_trouble(&diag, st));
    return st == PHASH_OK;
}

static bool make_signature(sign_run *run, const phash_set *set)
{
    phash_signer *signer = NULL;
    phash_diag diag = {""};
    file_buffer file = {0};
    char why[256];
    struct stat info;
    phash_status st = PHASH_E_IO;

    if (stat(run->key_path, &info) == 0 && (info.st_mode & 077) != 0) {
        say("%s: others may read or write this key; make it private first: chmod 600 %s", run->key_path,
            run->key_path);
        return false;
    }
    if (file_read(&file, why, sizeof why, run->key_path, PHASH_SIGNER_FILE_SIZE) != FILE_OK) {
        say("%s: %s", run->key_path, why);
    } else {
        st = phash_signer_read(&signer, &diag, file.data, file.size, NULL);
        if (st == PHASH_OK) {
            phash_signer_public(signer, run->public_key);
            st = phash_set_sign(set, run->signature, signer);
        }
        if (st != PHASH_OK)
            say("%s: %s", run->key_path, set_trouble(&diag, st));
    }
    phash_signer_free(&signer);
    file_buffer_free(&file, true);
    return st == PHASH_OK;
}

static int digit_of(uint8_t c)
{
    int letter = (c | 0x20) - 'a';

    return c >= '0' && c <= '9' ? c - '0' : letter >= 0 && letter < 6 ? letter + 10 : -1;
}

/* 64 bytes as they are, or as hexadecimal digits and perhaps a line end. */
static bool decode_signature(uint8_t out[PHASH_SIGNATURE_SIZE], const uint8_t *bytes, size_t size)
{
    if (size == PHASH_SIGNATURE_SIZE) {
        memcpy(out, bytes, size);
        return true;
    }
    while (size > 0 && (bytes[size - 1] == '\n' || bytes[size - 1] == '\r'))
        size--;
    if (size != 2 * PHASH_SIGNATURE_SIZE)
        return false;
    for (size_t i = 0; i < PHASH_SIGNATURE_SIZE; i++) {
        int high = digit_of(bytes[2 * i]);
        int low = digit_of(bytes[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

static bool read_signature(sign_run *run)
{
    file_buffer file = {0};
    char why[256];
    bool good = false;

    if (!signer_load_public(run->public_key, run->signer_path))
        return false;
    if (file_read(&file, why, sizeof why, run->signature_path, 4096) != FILE_OK) {
        say("%s: %s", run->signature_path, why);
    } else {
        good = decode_signature(run->signature, file.data, file.size);
        if (!good)
            say("%s: neither 64 bytes nor 128 hexadecimal digits", run->signature_path);
    }
    file_buffer_free(&file, false);
    return good;
}

/* Where the signed set goes, and with which permissions. A symbolic link stays one: what it names is replaced. */
static char *output_path(const sign_run *run, unsigned *mode)
{
    struct stat info;
    const char *wanted = run->out_path != NULL ? run->out_path : run->set_path;
    bool exists = stat(wanted, &info) == 0;

    *mode = exists ? (unsigned)info.st_mode & 0777u : 0666u;
    if (exists && !S_ISREG(info.st_mode)) {
        say("%s: exists and is not a regular file", wanted);
        return NULL;
    }
    char *path = exists ? realpath(wanted, NULL) : strdup(wanted);
    if (path == NULL)
        say("%s: cannot be resolved", wanted);
    return path;
}

static bool write_signed(const sign_run *run, const phash_set *set)
{
    phash_diag diag = {""};
    output_file out;
    unsigned mode = 0666;
    char *path = output_path(run, &mode);
    bool good = path != NULL && output_begin(&out, path, mode);

    if (good) {
        phash_status st = phash_set_write_signed(set, &diag, run->public_key, run->signature, write_piece, &out, NULL);
        good = st == PHASH_OK;
        if (!good) {
            say("%s: %s", run->set_path, set_trouble(&diag, st));
            output_abandon(&out);
        }
    }
    good = good && output_commit(&out, true);
    free(path);
    return good;
}

static bool report(const sign_run *run)
{
    text t = {0};

    if (run->quiet)
        return true;
    text_shown(&t, run->out_path != NULL ? run->out_path : run->set_path,
               strlen(run->out_path != NULL ? run->out_path : run->set_path));
    text_printf(&t, ": set '%s', edition %" PRIu64 ", %" PRIu64 " entries, sha256:", run->info.name,
                run->info.sequence, run->info.entries);
    text_hex(&t, run->info.digest, sizeof run->info.digest);
    text_put(&t, "\nsigned by ed25519:");
    text_hex(&t, run->public_key, sizeof run->public_key);
    text_put(&t, "\n");
    return text_print(&t);
}

static bool give_message(const sign_run *run, const phash_set *set)
{
    uint8_t message[PHASH_SIGNED_MESSAGE_SIZE];
    text t = {0};
    output_file out;

    if (phash_set_get_message(set, message) != PHASH_OK)
        return false;
    if (run->out_path == NULL) {
        text_hex(&t, message, sizeof message);
        text_put(&t, "\n");
        return text_print(&t);
    }
    if (!output_begin(&out, run->out_path, 0666))
        return false;
    if (fwrite(message, 1, sizeof message, out.stream) == sizeof message)
        return output_commit(&out, true);
    say("%s: cannot write", run->out_path);
    output_abandon(&out);
    return false;
}

static bool same_file(const char *a, const char *b)
{
    struct stat x;
    struct stat y;

    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* The output replaces what is there: never a key, a signature, or a set that only the message was asked of. */
static bool out_is_free(const sign_run *run)
{
    const char *inputs[] = {run->key_path, run->signer_path, run->signature_path,
                            run->message ? run->set_path : NULL};

    for (size_t i = 0; run->out_path != NULL && i < sizeof inputs / sizeof *inputs; i++)
        if (inputs[i] != NULL && same_file(inputs[i], run->out_path)) {
            say("%s: is read and cannot be the output", inputs[i]);
            return false;
        }
    return true;
}

static bool sign(sign_run *run)
{
    if (!out_is_free(run))
        return false;
    phash_set *set = set_load(&run->info, run->set_path);
    bool good = set != NULL && verify_blocks(run, set);

    if (good && run->message) {
        good = give_message(run, set);
    } else if (good) {
        good = run->key_path != NULL ? make_signature(run, set) : read_signature(run);
        good = good && write_signed(run, set) && report(run);
    }
    phash_set_free(&set);
    return good;
}

static bool take_option(sign_run *run, int option, const char *value)
{
    switch (option) {
    case 'k': return take_once(&run->key_path, "--signing-key", value);
    case 'a': return take_once(&run->signature_path, "--add-signature", value);
    case 's': return take_once(&run->signer_path, "--signer", value);
    case 'o': return take_once(&run->out_path, "--out", value);
    case 'm': run->message = true; return true;
    case 'q': run->quiet = true; return true;
    default: usage_error("unknown option or missing value"); return false;
    }
}

int cmd_set_sign(int argc, char **argv)
{
    static const struct option options[] = {{"signing-key", required_argument, NULL, 'k'},
                                            {"message", no_argument, NULL, 'm'},
                                            {"add-signature", required_argument, NULL, 'a'},
                                            {"signer", required_argument, NULL, 's'},
                                            {"out", required_argument, NULL, 'o'},
                                            {"quiet", no_argument, NULL, 'q'},
                                            {"help", no_argument, NULL, 'h'},
                                            {"version", no_argument, NULL, 'V'},
                                            {NULL, 0, NULL, 0}};
    sign_run run = {0};
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'h')
            return print_help(help);
        if (option == 'V')
            return print_version();
        if (!take_option(&run, option, optarg))
            return EXIT_USAGE;
    }
    if ((run.key_path != NULL) + (run.signature_path != NULL) + (run.message ? 1 : 0) != 1)
        return usage_error("give one of --signing-key KEY.pem, --message and --add-signature SIG");
    if ((run.signature_path != NULL) != (run.signer_path != NULL))
        return usage_error("--add-signature SIG and --signer PUB.pem go together");
    if (argc - optind != 1)
        return usage_error("one set is signed, not %d", argc - optind);
    run.set_path = argv[optind];
    bool good = sign(&run);
    return finish_stdout() && good ? EXIT_CLEAN : EXIT_TROUBLE;
}
