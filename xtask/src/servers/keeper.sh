# Runs one private PostgreSQL server for as long as its standard input stays open, then removes it.
#
# Whoever started it holds the other end, so the server and its data go away even when that process
# is killed. Arguments: folder of the programs, folder to create, port, settings as `-c name=value`.
set -u
programs=$1 folder=$2 port=$3 settings=$4

remove() {
    "$programs/pg_ctl" --pgdata="$folder/data" --mode=immediate stop >/dev/null 2>&1
    rm -rf "$folder"
}

explain() {
    cat "$folder/log" >&2
    exit 1
}

mkdir -m 700 "$folder" || exit 1
trap remove EXIT
trap 'exit 1' HUP INT TERM

"$programs/initdb" --pgdata="$folder/data" --username=metier --auth=trust --encoding=UTF8 --locale=C --no-sync \
    >"$folder/log" 2>&1 </dev/null || explain
"$programs/pg_ctl" --pgdata="$folder/data" --log="$folder/log" --wait --timeout=60 \
    --options="-c port=$port -c listen_addresses=127.0.0.1 -c unix_socket_directories='$folder' $settings" \
    start >/dev/null 2>&1 </dev/null || explain

echo ready
read -r _
exit 0
