"""What the console shows when everything runs."""

from playground.embedded.options import PROJECT, Options

BANNER = """
  Assistants Playground is ready.

  Page    {page}
          ({how_to_sign_in})
  API     {base_url}
  Key     {api_key}
  Data    {data_dir}
  Model   {model}
{example}
  Ctrl-C ends everything.
"""
EXAMPLE = """
  from openai import OpenAI
  client = OpenAI(base_url="{base_url}", api_key="{api_key}")
  print(client.beta.assistants.create(model="{model}", name="Tutor").id)
"""
DEMONSTRATION = (
    "{name}, a small demonstration model on this machine.\n"
    "          For real answers, connect a model on the page, or set OPENAI_BASE_URL and\n"
    "          OPENAI_API_KEY."
)
OWN_FILE = "{name}, on this machine"
SCRIPTED = "scripted, which answers by a table. Say hello to it for the words it knows."
ENDPOINT = "the endpoint in OPENAI_BASE_URL and OPENAI_API_KEY"


def banner(options: Options, new_key: str, sign_in_path: str, local_model: str) -> str:
    """Return the banner.

    `new_key` and `sign_in_path`: empty except at the first start, because consoles are logged and
    shared. `local_model`: empty when a model endpoint is given.
    """
    base = options.public_url.rstrip("/")
    new_key = "" if options.api_key else new_key
    example = ""
    if new_key:
        example = EXAMPLE.format(
            base_url=f"{base}/v1", api_key=new_key, model=local_model or "gpt-4o"
        )
    return BANNER.format(
        page=f"{base}{sign_in_path or '/'}",
        how_to_sign_in="this link signs you in, once"
        if sign_in_path
        else f"run `{_variables(options)}make link` for a link that signs you in",
        base_url=f"{base}/v1",
        api_key=new_key or _where_the_key_is(options),
        data_dir=options.data_dir,
        model=_model(options, local_model),
        example=example,
    )


def _where_the_key_is(options: Options) -> str:
    if options.api_key:
        return "the one in BOOTSTRAP_API_KEY"
    return f"run `{_variables(options)}make key` to see it"


def _variables(options: Options) -> str:
    # Without those that say which site it is, `make` would look at another one.
    folder = "" if options.data_dir == PROJECT / ".data" else f"DATA_DIR={options.data_dir} "
    own_port = options.public_url == f"http://127.0.0.1:{options.port}" and options.port != 8000
    return f"{folder}PORT={options.port} " if own_port else folder


def _model(options: Options, local_model: str) -> str:
    if not local_model:
        return ENDPOINT
    if options.dev:
        return SCRIPTED
    return (OWN_FILE if options.model_path else DEMONSTRATION).format(name=local_model)
