set(hashset_sources)
set(hashset_private_sources)
