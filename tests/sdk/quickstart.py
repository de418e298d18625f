"""Snippets from the vendor's quickstart and guides, as they were in its documents."""

CLIENT = """
    from openai import OpenAI
    client = OpenAI()
"""

CREATE_ASSISTANT = """
    assistant = client.beta.assistants.create(
      name="Math Tutor",
      instructions="You are a personal math tutor. Write and run code to answer math questions.",
      tools=[{"type": "code_interpreter"}],
      model="gpt-4o",
    )
"""

CREATE_THREAD = """
    thread = client.beta.threads.create()
"""

CREATE_MESSAGE = """
    message = client.beta.threads.messages.create(
      thread_id=thread.id,
      role="user",
      content="I need to solve the equation `3x + 11 = 14`. Can you help me?"
    )
"""

STREAM = """
    from typing_extensions import override
    from openai import AssistantEventHandler

    # First, we create a EventHandler class to define
    # how we want to handle the events in the response stream.

    class EventHandler(AssistantEventHandler):
      @override
      def on_text_created(self, text) -> None:
        print(f"\\nassistant > ", end="", flush=True)

      @override
      def on_text_delta(self, delta, snapshot):
        print(delta.value, end="", flush=True)

      def on_tool_call_created(self, tool_call):
        print(f"\\nassistant > {tool_call.type}\\n", flush=True)

      def on_tool_call_delta(self, delta, snapshot):
        if delta.type == 'code_interpreter':
          if delta.code_interpreter.input:
            print(delta.code_interpreter.input, end="", flush=True)
          if delta.code_interpreter.outputs:
            print(f"\\n\\noutput >", flush=True)
            for output in delta.code_interpreter.outputs:
              if output.type == "logs":
                print(f"\\n{output.logs}", flush=True)

    # Then, we use the `stream` SDK helper
    # with the `EventHandler` class to create the Run
    # and stream the response.

    with client.beta.threads.runs.stream(
      thread_id=thread.id,
      assistant_id=assistant.id,
      instructions="Please address the user as Jane Doe. The user has a premium account.",
      event_handler=EventHandler(),
    ) as stream:
      stream.until_done()
"""

CREATE_AND_POLL = """
    run = client.beta.threads.runs.create_and_poll(
      thread_id=thread.id,
      assistant_id=assistant.id,
      instructions="Please address the user as Jane Doe. The user has a premium account."
    )

    if run.status == 'completed':
      messages = client.beta.threads.messages.list(
        thread_id=thread.id
      )
      print(messages)
    else:
      print(run.status)
"""

POLL_LOOP = """
    import time

    def wait_on_run(run, thread):
        while run.status == "queued" or run.status == "in_progress":
            run = client.beta.threads.runs.retrieve(
                thread_id=thread.id,
                run_id=run.id,
            )
            time.sleep(0.05)
        return run

    run = client.beta.threads.runs.create(thread_id=thread.id, assistant_id=assistant.id)
    run = wait_on_run(run, thread)
    messages = client.beta.threads.messages.list(
        thread_id=thread.id, order="asc", after=message.id
    )
"""

WEATHER_BOT = """
    assistant = client.beta.assistants.create(
      instructions="You are a weather bot. Use the provided functions to answer questions.",
      model="gpt-4o",
      tools=[
        {
          "type": "function",
          "function": {
            "name": "get_current_temperature",
            "description": "Get the current temperature for a specific location",
            "parameters": {
              "type": "object",
              "properties": {
                "location": {
                  "type": "string",
                  "description": "The city and state, e.g., San Francisco, CA"
                },
                "unit": {
                  "type": "string",
                  "enum": ["Celsius", "Fahrenheit"],
                  "description": "The temperature unit to use."
                }
              },
              "required": ["location", "unit"]
            }
          }
        },
        {
          "type": "function",
          "function": {
            "name": "get_rain_probability",
            "description": "Get the probability of rain for a specific location",
            "parameters": {
              "type": "object",
              "properties": {
                "location": {
                  "type": "string",
                  "description": "The city and state, e.g., San Francisco, CA"
                }
              },
              "required": ["location"]
            }
          }
        }
      ]
    )
    thread = client.beta.threads.create()
    message = client.beta.threads.messages.create(
      thread_id=thread.id,
      role="user",
      content="What's the weather in San Francisco today and the likelihood it'll rain?",
    )
"""

REQUIRES_ACTION_STREAMED = """
    from typing_extensions import override
    from openai import AssistantEventHandler

    class EventHandler(AssistantEventHandler):
        @override
        def on_event(self, event):
          # Retrieve events that are denoted with 'requires_action'
          # since these will have our tool_calls
          if event.event == 'thread.run.requires_action':
            run_id = event.data.id  # Retrieve the run ID from the event data
            self.handle_requires_action(event.data, run_id)

        def handle_requires_action(self, data, run_id):
          tool_outputs = []

          for tool in data.required_action.submit_tool_outputs.tool_calls:
            if tool.function.name == "get_current_temperature":
              tool_outputs.append({"tool_call_id": tool.id, "output": "57"})
            elif tool.function.name == "get_rain_probability":
              tool_outputs.append({"tool_call_id": tool.id, "output": "0.06"})

          # Submit all tool_outputs at the same time
          self.submit_tool_outputs(tool_outputs, run_id)

        def submit_tool_outputs(self, tool_outputs, run_id):
          # Use the submit_tool_outputs_stream helper
          with client.beta.threads.runs.submit_tool_outputs_stream(
            thread_id=self.current_run.thread_id,
            run_id=self.current_run.id,
            tool_outputs=tool_outputs,
            event_handler=EventHandler(),
          ) as stream:
            for text in stream.text_deltas:
              print(text, end="", flush=True)
            print()

    with client.beta.threads.runs.stream(
      thread_id=thread.id,
      assistant_id=assistant.id,
      event_handler=EventHandler()
    ) as stream:
      stream.until_done()
"""

REQUIRES_ACTION_POLLED = """
    run = client.beta.threads.runs.create_and_poll(
      thread_id=thread.id,
      assistant_id=assistant.id,
    )

    if run.status == 'completed':
      messages = client.beta.threads.messages.list(
        thread_id=thread.id
      )
      print(messages)
    else:
      print(run.status)

    # Define the list to store tool outputs
    tool_outputs = []

    # Loop through each tool in the required action section
    for tool in run.required_action.submit_tool_outputs.tool_calls:
      if tool.function.name == "get_current_temperature":
        tool_outputs.append({
          "tool_call_id": tool.id,
          "output": "57"
        })
      elif tool.function.name == "get_rain_probability":
        tool_outputs.append({
          "tool_call_id": tool.id,
          "output": "0.06"
        })

    # Submit all tool outputs at once after collecting them in a list
    if tool_outputs:
      try:
        run = client.beta.threads.runs.submit_tool_outputs_and_poll(
          thread_id=thread.id,
          run_id=run.id,
          tool_outputs=tool_outputs
        )
        print("Tool outputs submitted successfully.")
      except Exception as e:
        print("Failed to submit tool outputs:", e)
    else:
      print("No tool outputs to submit.")

    if run.status == 'completed':
      messages = client.beta.threads.messages.list(
        thread_id=thread.id
      )
      print(messages)
    else:
      print(run.status)
"""

LIST_ASSISTANTS = """
    my_assistants = client.beta.assistants.list(
        order="desc",
        limit="20",
    )
    print(my_assistants.data)
"""

DELETE_ASSISTANT = """
    response = client.beta.assistants.delete(assistant.id)
    print(response)
"""

SECOND_ASSISTANT = """
    critic = client.beta.assistants.create(
      name="Critic", instructions="You check what a tutor said.", model="gpt-4o"
    )
    reply = client.beta.threads.messages.list(thread_id=thread.id, limit=1).data[0]
    second_thread = client.beta.threads.create(
      messages=[{"role": "user", "content": reply.content[0].text.value}]
    )
    client.beta.threads.runs.create_and_poll(
      thread_id=second_thread.id, assistant_id=critic.id
    )
    review = client.beta.threads.messages.list(thread_id=second_thread.id).data[0]
    print(review.content[0].text.value)
"""
