# The stories as users of ruby-openai write them: ruby user.rb STORY

require "json"
require "openai"

def client(key = ENV.fetch("OPENAI_API_KEY"))
  OpenAI::Client.new(access_token: key, uri_base: ENV.fetch("OPENAI_BASE_URL"))
end

OPENAI = client
WEATHER = {
  type: "function",
  function: {
    name: "get_weather",
    description: "Get the weather of a place.",
    parameters: {
      type: :object,
      properties: { location: { type: :string } },
      required: ["location"]
    }
  }
}.freeze

def assistant(**more)
  OPENAI.assistants.create(parameters: { model: "scripted-1", **more })["id"]
end

def asked(question)
  thread = OPENAI.threads.create["id"]
  OPENAI.messages.create(thread_id: thread, parameters: { role: "user", content: question })
  thread
end

def waited(thread, run)
  loop do
    seen = OPENAI.runs.retrieve(thread_id: thread, id: run)
    return seen unless %w[queued in_progress cancelling].include?(seen["status"])

    sleep 0.05
  end
end

# As the README finds it: from the steps to the messages.
def answer(thread, run)
  steps = OPENAI.run_steps.list(thread_id: thread, run_id: run, parameters: { order: "asc" })
  ids = steps["data"].filter_map do |step|
    step.dig("step_details", "message_creation", "message_id") if step["type"] == "message_creation"
  end
  texts = ids.map do |id|
    OPENAI.messages.retrieve(thread_id: thread, id: id)["content"].map { |part| part["text"] }
  end
  texts.flatten.map { |text| [text["value"], text["annotations"].length] }
end

def outputs(run)
  run.dig("required_action", "submit_tool_outputs", "tool_calls").map do |call|
    arguments = JSON.parse(call.dig("function", "arguments"), symbolize_names: true)
    { tool_call_id: call["id"], output: "11 degrees in #{arguments[:location]}" }
  end
end

def uploaded
  file = File.join(ENV.fetch("SAMPLES"), "harbour.txt")
  OPENAI.files.upload(parameters: { file: file, purpose: "assistants" })["id"]
end

def indexed(file)
  store = OPENAI.vector_stores.create(parameters: { name: "Harbours" })["id"]
  OPENAI.vector_store_files.create(vector_store_id: store, parameters: { file_id: file })
  until OPENAI.vector_store_files.retrieve(vector_store_id: store, id: file)["status"] == "completed"
    sleep 0.05
  end
  store
end

def searcher
  assistant(
    tools: [{ type: "file_search" }],
    tool_resources: { file_search: { vector_store_ids: [indexed(uploaded)] } }
  )
end

# Streams a run, and answers its calls with a stream.
def streamed(thread, assistant)
  text = +""
  marks = 0
  asks = nil
  reader = proc do |chunk, event|
    case event
    when "thread.message.delta"
      text << chunk.dig("delta", "content", 0, "text", "value")
      marks += (chunk.dig("delta", "content", 0, "text", "annotations") || []).length
    when "thread.run.requires_action"
      asks = chunk
    end
  end
  OPENAI.runs.create(thread_id: thread, parameters: { assistant_id: assistant, stream: reader })
  if asks
    OPENAI.runs.submit_tool_outputs(
      thread_id: thread,
      run_id: asks["id"],
      parameters: { tool_outputs: outputs(asks), stream: reader }
    )
  end
  [text, marks]
end

def failure
  yield
  ["nothing failed"]
rescue Faraday::Error => e
  [e.class.name, e.response[:status], e.response[:body].dig("error", "code")]
end

STORIES = {
  "objects" => lambda {
    id = assistant(
      name: "Forecaster",
      description: nil,
      instructions: "You are a Ruby dev bot.",
      tools: [WEATHER, { type: "code_interpreter" }, { type: "file_search" }],
      tool_resources: { code_interpreter: { file_ids: [] }, file_search: { vector_store_ids: [] } },
      metadata: { my_internal_version_id: "1.0.0" }
    )
    OPENAI.assistants.retrieve(id: id)
    changed = OPENAI.assistants.modify(id: id, parameters: { name: "Teacher" })
    thread = OPENAI.threads.create["id"]
    OPENAI.threads.retrieve(id: thread)
    OPENAI.threads.modify(id: thread, parameters: { metadata: { name: "Zoë’s thread" } })
    message = OPENAI.messages.create(
      thread_id: thread, parameters: { role: "user", content: [{ type: "text", text: "Grüße 🎉" }] }
    )["id"]
    OPENAI.messages.retrieve(thread_id: thread, id: message)
    OPENAI.messages.modify(thread_id: thread, id: message, parameters: { metadata: { user_id: "abc123" } })
    gone = [
      OPENAI.messages.delete(thread_id: thread, id: message),
      OPENAI.threads.delete(id: thread),
      OPENAI.assistants.delete(id: id)
    ]
    [changed["name"], changed["tools"].length, gone.map { |object| object["deleted"] }]
  },
  "lists" => lambda {
    OPENAI.assistants.list
    thread = asked("one")
    %w[two three].each do |text|
      OPENAI.messages.create(thread_id: thread, parameters: { role: "user", content: text })
    end
    list = ->(**query) { OPENAI.messages.list(thread_id: thread, parameters: { order: "asc", **query }) }
    first = list.call(limit: 2)
    following = list.call(limit: 2, after: first["last_id"])
    back = list.call(limit: 2, before: following["first_id"])
    empty = list.call(after: following["last_id"])
    OPENAI.runs.list(thread_id: thread, parameters: { order: "asc", limit: 3 })
    [first, following, back, empty].map { |page| [page["data"].length, page["has_more"]] }
  },
  "files" => lambda {
    file = uploaded
    note = OPENAI.files.upload(
      parameters: { file: StringIO.new("A note."), purpose: "assistants" }
    )["id"]
    OPENAI.files.retrieve(id: file)
    OPENAI.files.list(parameters: { purpose: "assistants" })
    content = OPENAI.files.content(id: file)
    store = indexed(file)
    OPENAI.vector_stores.list(parameters: { limit: 2 })
    OPENAI.vector_stores.modify(id: store, parameters: { name: "Ports" })
    OPENAI.vector_store_files.list(vector_store_id: store)
    found = OPENAI.vector_stores.search(id: store, parameters: { query: "harbour", max_num_results: 2 })
    batch = OPENAI.vector_store_file_batches.create(
      vector_store_id: store, parameters: { file_ids: [note] }
    )["id"]
    while OPENAI.vector_store_file_batches.retrieve(vector_store_id: store, id: batch)["status"] == "in_progress"
      sleep 0.05
    end
    gone = [
      OPENAI.vector_store_files.delete(vector_store_id: store, id: file),
      OPENAI.vector_stores.delete(id: store),
      OPENAI.files.delete(id: file)
    ]
    [content, found["data"].length, gone.map { |object| object["deleted"] }]
  },
  "runs" => lambda {
    assistant = assistant(instructions: "Be brief.")
    thread = asked("How warm is it in Paris?")
    run = OPENAI.runs.create(
      thread_id: thread,
      parameters: { assistant_id: assistant, max_prompt_tokens: 256, max_completion_tokens: 16 }
    )["id"]
    waited(thread, run)
    OPENAI.runs.list(thread_id: thread, parameters: { order: "asc", limit: 3 })
    OPENAI.messages.list(thread_id: thread, parameters: { order: "asc" })
    both = OPENAI.runs.create_thread_and_run(
      parameters: { assistant_id: assistant, thread: { messages: [{ role: "user", content: "And now?" }] } }
    )
    waited(both["thread_id"], both["id"])
    [answer(thread, run), answer(both["thread_id"], both["id"])]
  },
  "calls" => lambda {
    assistant = assistant(tools: [WEATHER])
    thread = asked("How warm is it in Paris?")
    run = OPENAI.runs.create(thread_id: thread, parameters: { assistant_id: assistant })["id"]
    asks = waited(thread, run)
    OPENAI.runs.submit_tool_outputs(
      thread_id: thread, run_id: run, parameters: { tool_outputs: outputs(asks) }
    )
    waited(thread, run)
    answer(thread, run)
  },
  "citations" => lambda {
    assistant = searcher
    thread = OPENAI.threads.create(
      parameters: { messages: [{ role: "user", content: "When was the harbour built?" }] }
    )["id"]
    include = ["step_details.tool_calls[*].file_search.results[*].content"]
    run = OPENAI.runs.create(
      thread_id: thread,
      parameters: { assistant_id: assistant },
      query_parameters: { include: include }
    )["id"]
    waited(thread, run)
    steps = OPENAI.run_steps.list(
      thread_id: thread, run_id: run, parameters: { order: "asc", include: include }
    )
    step = steps["data"].find { |one| one["type"] == "tool_calls" }
    OPENAI.run_steps.retrieve(thread_id: thread, run_id: run, id: step["id"], parameters: { include: include })
    chunks = step.dig("step_details", "tool_calls", 0, "file_search", "results").map do |result|
      result.dig("content", 0, "text")
    end
    [answer(thread, run), chunks]
  },
  "streams" => lambda {
    streamed(asked("How warm is it in Paris?"), assistant)
  },
  "streamed-calls" => lambda {
    streamed(asked("How warm is it in Paris?"), assistant(tools: [WEATHER]))
  },
  "streamed-citations" => lambda {
    assistant = searcher
    streamed(asked("When was the harbour built?"), assistant)
  },
  "streamed-code" => lambda {
    assistant = assistant(tools: [{ type: "code_interpreter" }])
    thread = asked("Write a file.")
    saw = streamed(thread, assistant)
    text = OPENAI.messages.list(thread_id: thread).dig("data", 0, "content", 0, "text")
    file = text["annotations"][0].dig("file_path", "file_id")
    [saw, OPENAI.files.content(id: file)]
  },
  "errors" => lambda {
    [
      failure { OPENAI.assistants.retrieve(id: "asst_nobody") },
      failure { client("sk-wrong").assistants.list },
      failure { assistant(temperature: 9) }
    ]
  }
}.freeze

if ARGV.last == "stories"
  puts STORIES.keys
else
  puts JSON.generate(STORIES.fetch(ARGV.last).call)
end
