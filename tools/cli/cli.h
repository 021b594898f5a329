/* SPDX-License-Identifier: Apache-2.0 */
/* What all subcommands share: exit statuses, messages, option values. */
#ifndef PHASH_TOOLS_CLI_H
#define PHASH_TOOLS_CLI_H

#include <phash/hash.h>
#include <phash/image.h>
#include <phash/phash.h>

#include <stdbool.h>
#include <stdint.h>

/* Exit statuses are a contract with scripts: see phash(1). */
#define EXIT_CLEAN 0
#define EXIT_MATCH 1
#define EXIT_TROUBLE 2
#define EXIT_USAGE 64
#define EXIT_INTERRUPTED 130

/** A subcommand: argv[0] is its name. Returns the exit status. */
typedef int command_fn(int argc, char **argv);

command_fn cmd_bench, cmd_compare, cmd_dedup, cmd_hash, cmd_key_new, cmd_list_inspect, cmd_match, cmd_scan;
command_fn cmd_key_rotate, cmd_key_seal, cmd_key_show, cmd_merge, cmd_selftest;
command_fn cmd_completion, cmd_set_build, cmd_set_inspect;
command_fn cmd_set_diff, cmd_set_fetch, cmd_set_log, cmd_set_sign, cmd_set_verify;

/** Print "<program> <command>: <message>" on stderr, as text_shown would: arguments may hold any bytes. */
#if defined(__GNUC__)
__attribute__((format(printf, 1, 2)))
#endif
void say(const char *format, ...);

/** Tell which program the messages are from; phash unless said otherwise. */
void say_from(const char *program);

/** Tell which command the messages are about. */
void say_as(const char *command);

/** Like say, then a pointer to --help; returns EXIT_USAGE. */
#if defined(__GNUC__)
__attribute__((format(printf, 1, 2)))
#endif
int usage_error(const char *format, ...);

/** Print a help text on stdout; returns EXIT_CLEAN. */
int print_help(const char *help);

/** Take the value of an option that may be given once: a second one would silently replace the first. False after a
 *  message. */
bool take_once(const char **out, const char *option, const char *value);

/** Read an option's whole number in lowest..highest; false after a message. */
bool parse_number(uint64_t *out, const char *option, const char *value, uint64_t lowest, uint64_t highest);

/** Read --orientation apply|ignore|both; false after a message. */
bool parse_orientation(phash_orientation *out, const char *value);

/** Read --pipeline exact|luma|scaled; false after a message. */
bool parse_pipeline(phash_pipeline *out, const char *value);

/** Read --views none|flips|edits|all; false after a message. */
bool parse_views(phash_views *out, const char *value);

/** The word of --views for a choice. */
const char *views_name(phash_views views);

/** Output formats. */
typedef enum output_format { FORMAT_HUMAN, FORMAT_CSV, FORMAT_JSONL } output_format;

/** Read --format; `allowed` is an OR of 1 << output_format. False after a message. */
bool parse_format(output_format *out, const char *value, unsigned allowed);

/** Processors this process may use, by its affinity and its control groups; at least 1. */
uint32_t default_jobs(void);

/** Flush stdout; false after a message when anything written to it was lost. */
bool finish_stdout(void);

#endif
