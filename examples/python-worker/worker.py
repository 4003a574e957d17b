"""A worker in plain Python 3: it adds the kind `text.statistics`, which counts the words of a text.

Each task is leased, kept alive by heartbeats while it runs, and reported under its lease. Whatever happens to
this program, the engine hands its tasks to another worker when the lease ends.
"""
import collections, json, os, re, socket, threading, time, urllib.request

CAPABILITIES = os.environ.get("METIER_CAPABILITIES", "").split()
NAME = f"{socket.gethostname()}-{os.getpid()}-{time.time_ns()}"
SCHEMA = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"], "additionalProperties": False}
KIND = {"name": "text.statistics", "version": 1, "description": "Counts the words of a text", "parameter_schema": SCHEMA}

def call(method, **body):
    headers = {"Authorization": f"Bearer {os.environ['METIER_API_KEY']}", "Content-Type": "application/json"}
    url = f"{os.environ.get('METIER_URL', 'http://127.0.0.1:7400')}/api/v1/worker/{method}"
    with urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), headers), timeout=60) as reply:
        return json.load(reply)

def statistics(text, stopped):
    words = collections.Counter()
    for line in text.splitlines():
        words.update(re.findall(r"[^\W_]+", line.lower()))
        if stopped.is_set():
            return {"outcome": "cancelled"}
    top = [{"word": word, "count": count} for word, count in sorted(words.items(), key=lambda it: (-it[1], it[0]))[:10]]
    return {"outcome": "succeeded", "result": {"words": sum(words.values()), "different": len(words), "top": top}}

def keep_alive(lease, stopped, done):
    while not done.wait(1):
        try:
            reply = call("heartbeat", lease=lease)
            stopped.set() if reply["stop"] or not reply["alive"] else None
        except OSError as error:
            print(f"heartbeat: {error}", flush=True)

def run(lease, task):
    stopped, done = threading.Event(), threading.Event()
    threading.Thread(target=keep_alive, args=(lease, stopped, done), daemon=True).start()
    outcome = statistics(task["parameters"]["text"], stopped)
    done.set()
    call("complete", completions=[{"lease": lease, "task": task["id"], **outcome}])

while __name__ == "__main__":
    try:
        call("register", worker=NAME, kinds=[KIND], capabilities=CAPABILITIES)
        while True:
            claimed = call("claim", worker=NAME, kinds=[{"name": KIND["name"]}], capabilities=CAPABILITIES, max_tasks=1, wait_ms=20_000)
            [run(claimed["lease"], task) for task in claimed["tasks"]]
    except OSError as error:
        print(f"{error}; trying again", flush=True)
        time.sleep(2)
