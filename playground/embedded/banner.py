"""What the console shows when everything runs."""

from playground.embedded.options import Options

BANNER = """
  Assistants Playground is ready.

  Page    {page}
          (this link signs you in, once)
  API     {base_url}
  Key     {api_key}
  Data    {data_dir}
  Model   {model}

  from openai import OpenAI
  client = OpenAI(base_url="{base_url}", api_key="{api_key}")
  print(client.beta.assistants.create(model="{example_model}", name="Tutor").id)

  Ctrl-C ends everything.
"""
DEMONSTRATION = (
    "{name}, a small demonstration on this machine.\n"
    "          Connect a real one on the page, or set OPENAI_BASE_URL and OPENAI_API_KEY."
)
OWN_FILE = "{name}, on this machine"


def banner(options: Options, api_key: str, sign_in_path: str, local_model: str) -> str:
    """The text, with `local_model` empty when a model endpoint is given."""
    model = "the endpoint in OPENAI_BASE_URL and OPENAI_API_KEY"
    if local_model:
        model = (OWN_FILE if options.model_path else DEMONSTRATION).format(name=local_model)
    base = options.public_url.rstrip("/")
    return BANNER.format(
        page=f"{base}{sign_in_path}",
        base_url=f"{base}/v1",
        api_key=api_key,
        data_dir=options.data_dir,
        model=model,
        example_model=local_model or "gpt-4o",
    )
