#!/bin/sh
# Makes samples/movietweetings from a checkout of the MovieTweetings snapshot 100K:
#   samples/make-movietweetings.sh FOLDER-WITH-ratings.dat.gz-AND-movies.dat.gz
#
# Keeps the newest ratings (20,000 of 100,000) in order of time, ties in the order of the file, and the
# movies that they name. The lines themselves are not changed. Same input, same bytes.
set -eu
from=$1
to=$(dirname "$0")/movietweetings
count=20000
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

gzip -dc "$from/ratings.dat.gz" \
    | awk -F:: '{ print $4 "\t" NR "\t" $0 }' \
    | LC_ALL=C sort -t "$(printf '\t')" -k1,1n -k2,2n \
    | tail -n "$count" | cut -f3- > "$work/ratings.dat"
gzip -dc "$from/movies.dat.gz" \
    | awk -F:: 'NR == FNR { named[$2]; next } $1 in named' "$work/ratings.dat" - > "$work/movies.dat"
for file in ratings.dat movies.dat; do
    gzip -9n < "$work/$file" > "$to/$file.gz"
done
wc -l "$work/ratings.dat" "$work/movies.dat"
