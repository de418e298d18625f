<?php

// The stories as users of openai-php/client write them: php user.php STORY

$client = client(getenv('OPENAI_API_KEY'));
$weather = [
    'type' => 'function',
    'function' => [
        'name' => 'get_weather',
        'description' => 'Get the weather of a place.',
        'parameters' => [
            'type' => 'object',
            'properties' => ['location' => ['type' => 'string']],
            'required' => ['location'],
        ],
    ],
];
// PHP writes the empty objects in here as empty lists.
$clock = [
    'type' => 'function',
    'function' => [
        'name' => 'get_time',
        'description' => '',
        'parameters' => ['type' => 'object', 'properties' => []],
    ],
];

function client(string $key): OpenAI\Client
{
    return OpenAI::factory()
        ->withApiKey($key)
        ->withBaseUri(getenv('OPENAI_BASE_URL'))
        ->withHttpHeader('OpenAI-Beta', 'assistants=v2')
        ->make();
}

function assistant(array $more = []): string
{
    global $client;

    return $client->assistants()->create(['model' => 'scripted-1', ...$more])->id;
}

function asked(string $question): string
{
    global $client;
    $thread = $client->threads()->create([])->id;
    $client->threads()->messages()->create($thread, ['role' => 'user', 'content' => $question]);

    return $thread;
}

function waited(string $thread, string $run)
{
    global $client;
    do {
        usleep(50_000);
        $seen = $client->threads()->runs()->retrieve($thread, $run);
    } while (in_array($seen->status, ['queued', 'in_progress', 'cancelling']));

    return $seen;
}

function answer(string $thread): array
{
    global $client;
    $text = $client->threads()->messages()->list($thread, ['limit' => 10])->data[0]->content[0]->text;

    return [$text->value, count($text->annotations)];
}

function uploaded(): string
{
    global $client;
    $file = fopen(getenv('SAMPLES').'/harbour.txt', 'r');

    return $client->files()->upload(['purpose' => 'assistants', 'file' => $file])->id;
}

function indexed(string $file): string
{
    global $client;
    $store = $client->vectorStores()->create(['name' => 'Harbours', 'file_ids' => [$file]])->id;
    do {
        usleep(50_000);
        $seen = $client->vectorStores()->retrieve($store);
    } while ($seen->status !== 'completed');

    return $store;
}

function searcher(): string
{
    return assistant([
        'tools' => [['type' => 'file_search']],
        'tool_resources' => ['file_search' => ['vector_store_ids' => [indexed(uploaded())]]],
    ]);
}

// Reads a stream to its end. The README's loop answers calls with a stream of its own.
function read($stream, ?callable $answers = null): array
{
    global $client;
    $text = '';
    $marks = 0;
    do {
        $next = null;
        foreach ($stream as $event) {
            $response = $event->response;
            if ($event->event === 'thread.message.delta') {
                $part = $response->delta->content[0]->text;
                $text .= $part->value;
                $marks += count($part->annotations);
            } elseif ($event->event === 'thread.run.requires_action') {
                $next = $client->threads()->runs()->submitToolOutputsStreamed(
                    threadId: $response->threadId,
                    runId: $response->id,
                    parameters: ['tool_outputs' => outputs($response)],
                );
            }
        }
        $stream = $next;
    } while ($stream !== null);

    return [$text, $marks];
}

function outputs($run): array
{
    return array_map(
        fn ($call) => ['tool_call_id' => $call->id, 'output' => '11 degrees'],
        $run->requiredAction->submitToolOutputs->toolCalls,
    );
}

function failure(callable $work): array
{
    try {
        $work();
    } catch (OpenAI\Exceptions\ErrorException $error) {
        return [$error->getStatusCode(), $error->getErrorType(), $error->getErrorCode()];
    }

    return ['nothing failed'];
}

$stories = [
    'objects' => function () use ($client, $weather, $clock) {
        $id = assistant([
            'name' => 'Forecaster',
            'instructions' => 'Be brief.',
            'tools' => [$weather, $clock, ['type' => 'file_search'], ['type' => 'code_interpreter']],
            'tool_resources' => ['code_interpreter' => ['file_ids' => []], 'file_search' => []],
            'metadata' => [],
        ]);
        $client->assistants()->retrieve($id);
        $changed = $client->assistants()->modify($id, ['name' => 'Teacher', 'metadata' => ['n' => '1']]);
        $client->assistants()->modify($id, ['tools' => [], 'tool_resources' => [], 'metadata' => []]);
        $thread = $client->threads()->create([])->id;
        $client->threads()->create(['messages' => [], 'metadata' => [], 'tool_resources' => []]);
        $client->threads()->retrieve($thread);
        $client->threads()->modify($thread, ['metadata' => ['name' => 'Zoë’s thread']]);
        $client->threads()->modify($thread, ['metadata' => []]);
        $messages = $client->threads()->messages();
        $message = $messages->create($thread, [
            'role' => 'user',
            'content' => 'What is the sum of 5 and 7?',
            'attachments' => [],
            'metadata' => [],
        ])->id;
        $messages->retrieve($thread, $message);
        $messages->modify($thread, $message, ['metadata' => ['name' => 'sum']]);
        $gone = [
            $messages->delete($thread, $message)->deleted,
            $client->threads()->delete($thread)->deleted,
            $client->assistants()->delete($id)->deleted,
        ];

        return [$changed->name, $changed->metadata, $gone];
    },
    'lists' => function () use ($client) {
        foreach (['one', 'two', 'three'] as $name) {
            assistant(['name' => $name]);
        }
        $page = $client->assistants()->list(['limit' => 2]);
        $client->assistants()->list(['limit' => 2, 'after' => $page->lastId, 'order' => 'desc']);
        $thread = asked('one');
        foreach (['two', 'three'] as $text) {
            $client->threads()->messages()->create($thread, ['role' => 'user', 'content' => $text]);
        }
        $list = fn (array $query) => $client->threads()->messages()->list($thread, $query);
        $first = $list(['limit' => 2, 'order' => 'asc']);
        $next = $list(['limit' => 2, 'order' => 'asc', 'after' => $first->lastId]);
        $back = $list(['limit' => 2, 'order' => 'asc', 'before' => $next->firstId]);
        $empty = $list(['after' => $next->lastId, 'order' => 'asc']);
        $client->threads()->runs()->list($thread);

        return array_map(fn ($page) => [count($page->data), $page->hasMore], [$first, $next, $back, $empty]);
    },
    'files' => function () use ($client) {
        $file = uploaded();
        $client->files()->retrieve($file);
        $client->files()->list();
        $content = $client->files()->download($file);
        $store = indexed($file);
        $files = $client->vectorStores()->files();
        $files->list($store, ['limit' => 10]);
        $files->retrieve($store, $file);
        $client->vectorStores()->modify($store, ['name' => 'Ports', 'metadata' => []]);
        $client->vectorStores()->list(['limit' => 2]);
        $found = $client->vectorStores()->search($store, ['query' => 'harbour'])->data;
        $gone = [$files->delete($store, $file)->deleted, $client->vectorStores()->delete($store)->deleted];
        $batched = $client->vectorStores()->create([])->id;
        $batch = $client->vectorStores()->batches()->create($batched, ['file_ids' => [$file]])->id;
        do {
            usleep(50_000);
            $seen = $client->vectorStores()->batches()->retrieve($batched, $batch);
        } while ($seen->status === 'in_progress');
        $client->vectorStores()->batches()->listFiles($batched, $batch);

        return [$content, count($found), [...$gone, $client->files()->delete($file)->deleted]];
    },
    // With more than a megabyte, the client asks first whether the server wants it.
    'large-files' => function () use ($client) {
        $path = sys_get_temp_dir().'/harbours.txt';
        file_put_contents($path, str_repeat("The harbour was built in 1907.\n", 40_000));
        $bytes = $client->files()->upload(['purpose' => 'assistants', 'file' => fopen($path, 'r')])->bytes;
        unlink($path);

        return $bytes;
    },
    'runs' => function () use ($client) {
        $assistant = assistant(['instructions' => 'Be brief.']);
        $thread = asked('How warm is it in Paris?');
        $run = $client->threads()->runs()->create($thread, ['assistant_id' => $assistant])->id;
        waited($thread, $run);
        $client->threads()->runs()->modify($thread, $run, ['metadata' => ['name' => 'first']]);
        $steps = $client->threads()->runs()->steps();
        $step = $steps->list($thread, $run, ['limit' => 10])->data[0]->id;
        $steps->retrieve($thread, $run, $step);
        $client->threads()->runs()->list($thread, ['limit' => 10]);
        $both = $client->threads()->createAndRun([
            'assistant_id' => $assistant,
            'thread' => ['messages' => [['role' => 'user', 'content' => 'And now?']], 'metadata' => []],
            'metadata' => [],
            'tools' => [],
        ]);
        waited($both->threadId, $both->id);

        return [answer($thread), answer($both->threadId)];
    },
    'calls' => function () use ($client, $weather) {
        $assistant = assistant(['tools' => [$weather]]);
        $thread = asked('How warm is it in Paris?');
        $run = $client->threads()->runs()->create($thread, ['assistant_id' => $assistant])->id;
        $asks = waited($thread, $run);
        $client->threads()->runs()->submitToolOutputs($thread, $run, ['tool_outputs' => outputs($asks)]);
        waited($thread, $run);
        $client->threads()->runs()->steps()->list($thread, $run);

        return answer($thread);
    },
    'citations' => function () use ($client) {
        $assistant = searcher();
        $thread = asked('When was the harbour built?');
        $run = $client->threads()->runs()->create($thread, ['assistant_id' => $assistant])->id;
        waited($thread, $run);
        $client->threads()->runs()->steps()->list($thread, $run, [
            'include' => ['step_details.tool_calls[*].file_search.results[*].content'],
        ]);

        return answer($thread);
    },
    'streams' => function () use ($client) {
        $assistant = assistant();
        $thread = asked('How warm is it in Paris?');
        $one = read($client->threads()->runs()->createStreamed($thread, ['assistant_id' => $assistant]));
        $two = read($client->threads()->createAndRunStreamed([
            'assistant_id' => $assistant,
            'thread' => ['messages' => [['role' => 'user', 'content' => 'And now?']]],
        ]));

        return [$one, $two];
    },
    'streamed-calls' => function () use ($client, $weather) {
        $assistant = assistant(['tools' => [$weather]]);
        $thread = asked('How warm is it in Paris?');

        return read($client->threads()->runs()->createStreamed($thread, ['assistant_id' => $assistant]));
    },
    'streamed-citations' => function () use ($client) {
        $assistant = searcher();
        $thread = asked('When was the harbour built?');

        return read($client->threads()->runs()->createStreamed($thread, ['assistant_id' => $assistant]));
    },
    'streamed-code' => function () use ($client) {
        $assistant = assistant(['tools' => [['type' => 'code_interpreter']]]);
        $thread = asked('Write a file.');
        $saw = read($client->threads()->runs()->createStreamed($thread, ['assistant_id' => $assistant]));
        $text = $client->threads()->messages()->list($thread)->data[0]->content[0]->text;

        return [$saw, $client->files()->download($text->annotations[0]->filePath->fileId)];
    },
    'errors' => function () use ($client) {
        return [
            failure(fn () => $client->assistants()->retrieve('asst_nobody')),
            failure(fn () => client('sk-wrong')->assistants()->list()),
            failure(fn () => assistant(['temperature' => 9])),
            failure(fn () => $client->threads()->create([1])),
        ];
    },
];

if ($argv[1] === 'stories') {
    echo implode("\n", array_keys($stories)), "\n";
} else {
    echo json_encode($stories[$argv[1]](), JSON_THROW_ON_ERROR), "\n";
}
