/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the seeds of fuzz_plain_list into the folder it is given: one file for each shape of list. The first byte
 * of a seed says how it is cut. */
#include <stdio.h>
#include <stdlib.h>

#define H "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22"
#define BASE64 "ASNFZ4mrze8BI0VniavN7wEjRWeJq83vASNFZ4mrze8="

static const struct {
    const char *name;
    const char *text;
} seeds[] = {
    {"bare", "1# list\n" H "\n" H ",label\n\n" H ",100,a,b.jpg\r\n"},
    {"quoted", "2hash,quality,path\n" H ",77,\"a \"\"b\"\", c\nd.jpg\"\n" H ",1,\"open\n" H ",2,x\n"},
    {"prefixes", "3hash=" H ",norm=256,delta=0,quality=100,filename=a.jpg\npdq " H "\n" BASE64 ",b\n"},
    {"columns", "4\xef\xbb\xbf" "FilePath,Hash\na.jpg," H "\nb,c.jpg," H "\n"},
    {"signals", "5signal_type,signal_str,collab,category,tags\npdq," H ",c,k,\"t,u\"\nvideo_md5,00,c,k,t\n"},
    {"across", "6" H "," H "," H "," H "," H "," H "," H "," H ",80,a.jpg\n00000000000000000000000000000000\n"},
    {"reread", "7a\",\"b\na\",\"b\na\",\"b\n" H ",5,\"x\"y\n" H "\n"},
};

int main(int argc, char **argv)
{
    char path[4096];

    if (argc != 2) {
        fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
        return EXIT_FAILURE;
    }
    for (size_t i = 0; i < sizeof seeds / sizeof *seeds; i++) {
        snprintf(path, sizeof path, "%s/%s", argv[1], seeds[i].name);
        FILE *file = fopen(path, "wb");
        if (file == NULL || fputs(seeds[i].text, file) < 0 || fclose(file) != 0) {
            perror(path);
            return EXIT_FAILURE;
        }
    }
    return EXIT_SUCCESS;
}
