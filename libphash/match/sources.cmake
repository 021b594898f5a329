set(match_sources)
set(match_private_sources)
