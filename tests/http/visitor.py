"""visitor.py - somebody at the shop: keeps the cookie, reads the forms of a page and sends
them as a browser without scripts would, or speaks JSON."""
import html.parser
import json
import urllib.parse


class Form:
    def __init__(self, action):
        self.action = action
        self.fields = {}  # what would be sent, in order
        self.buttons = []  # (text, formaction)
        self.adds = {}  # text of a button: the field that pressing it adds


class Page(html.parser.HTMLParser):
    """Forms, ids, links and plain text of a page."""

    def __init__(self, text):
        super().__init__()
        self.forms, self.ids, self.links, self.said = [], [], [], []
        self.title = ""
        self.marked = {}  # id of a wrong field: what describes it
        self._form = self._select = self._button = None
        self._in_title = False
        self.feed(text)
        self.text = " ".join(" ".join(self.said).split())

    def form(self, action):
        found = [form for form in self.forms if form.action == action]
        if not found:
            raise AssertionError(f"no form to {action}; there are {[f.action for f in self.forms]}")
        return found[0]

    def handle_starttag(self, tag, attrs):
        a = dict(attrs)
        if "id" in a:
            self.ids.append(a["id"])
        if a.get("aria-invalid") == "true":
            self.marked[a.get("id")] = a.get("aria-describedby")
        if tag == "a":
            self.links.append(a.get("href"))
        elif tag == "title":
            self._in_title = True
        elif tag == "form":
            self._form = Form(a.get("action"))
            self.forms.append(self._form)
        elif self._form is not None:
            self._take(tag, a)

    def _take(self, tag, a):
        fields = self._form.fields
        if tag == "select":
            self._select = a.get("name")
        elif tag == "option" and self._select:
            if "selected" in a or self._select not in fields:
                fields[self._select] = a.get("value", "")
        elif tag == "button":
            self._button = (a.get("formaction") or self._form.action, [],
                            {a["name"]: a.get("value", "")} if a.get("name") else {})
        elif tag == "input" and a.get("name"):
            if a.get("type") in ("checkbox", "radio") and "checked" not in a:
                return
            fields[a["name"]] = a.get("value", "")

    def handle_endtag(self, tag):
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = None
        elif tag == "title":
            self._in_title = False
        elif tag == "button" and self._button is not None and self._form is not None:
            action, words, adds = self._button
            text = " ".join("".join(words).split())
            self._form.buttons.append((text, action))
            self._form.adds[text] = adds
            self._button = None

    def handle_data(self, data):
        if self._in_title:
            self.title += data
        if self._button is not None:
            self._button[1].append(data)
        self.said.append(data)


class Visitor:
    def __init__(self, shop):
        self.shop = shop
        self.cookies = {}

    def send(self, method, path, headers=None, body=None):
        headers = dict(headers or {})
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        answer = self.shop.send(method, path, headers, body)
        for line in answer.all_of("set-cookie"):
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer

    # ---- pages ----

    def get(self, path, **headers):
        return self.send("GET", path, {k.replace("_", "-"): v for k, v in headers.items()})

    def page(self, path):
        answer = self.get(path)
        if answer.status != 200:
            raise AssertionError(f"{path}: {answer.status} {answer.header('location')}")
        return Page(answer.text)

    def post(self, path, fields, **headers):
        """A form; no redirect is followed."""
        sent = {"Content-Type": "application/x-www-form-urlencoded",
                "Sec-Fetch-Site": "same-origin", "Accept": "text/html"}
        sent.update({k.replace("_", "-"): v for k, v in headers.items()})
        return self.send("POST", path, sent, urllib.parse.urlencode(fields))

    def submit(self, form, path=None, **typed):
        """Sends a form of a page with some fields typed over (dots as __)."""
        fields = dict(form.fields)
        for name, value in typed.items():
            name = name.replace("__", ".")
            if value is None:
                fields.pop(name, None)
            else:
                fields[name] = value
        return self.post(path or form.action, fields)

    def press(self, form, text, **typed):
        """Presses the button that says text, as submit() would send the form."""
        adds = {name.replace(".", "__"): value for name, value in form.adds[text].items()}
        return self.submit(form, dict(form.buttons)[text], **typed, **adds)

    def csrf(self):
        return self.page("/").form("/cart/items").fields["csrf"]

    # ---- JSON ----

    def call(self, method, path, value=None, **headers):
        """One JSON request: (status, what was answered)."""
        answer = self.call_raw(
            method, path, None if value is None else json.dumps(value), **headers)
        return answer.status, json.loads(answer.body) if answer.body else None

    def call_raw(self, method, path, text=None, **headers):
        sent = {} if text is None else {"Content-Type": "application/json"}
        sent.update({k.replace("_", "-"): v for k, v in headers.items()})
        return self.send(method, path, sent, text)
