set(util_sources bytes.c cpu.c diag.c map_file.c mem.c)
