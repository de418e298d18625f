// The stories as users of go-openai write them: main STORY
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/sashabaranov/go-openai"
	"github.com/sashabaranov/go-openai/jsonschema"
)

var (
	ctx    = context.Background()
	client = clientWith(os.Getenv("OPENAI_API_KEY"))
)

func clientWith(key string) *openai.Client {
	config := openai.DefaultConfig(key)
	config.BaseURL = os.Getenv("OPENAI_BASE_URL")
	return openai.NewClientWithConfig(config)
}

func must[T any](value T, err error) T {
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func to[T any](value T) *T { return &value }

var weather = openai.AssistantTool{
	Type: openai.AssistantToolTypeFunction,
	Function: &openai.FunctionDefinition{
		Name:        "get_weather",
		Description: "Get the weather of a place.",
		Parameters: jsonschema.Definition{
			Type:       jsonschema.Object,
			Properties: map[string]jsonschema.Definition{"location": {Type: jsonschema.String}},
			Required:   []string{"location"},
		},
	},
}

func assistant(request openai.AssistantRequest) string {
	request.Model = "scripted-1"
	return must(client.CreateAssistant(ctx, request)).ID
}

func asked(question string) string {
	thread := must(client.CreateThread(ctx, openai.ThreadRequest{})).ID
	say(thread, question)
	return thread
}

func say(thread, text string) openai.Message {
	return must(client.CreateMessage(ctx, thread, openai.MessageRequest{
		Role:    string(openai.ThreadMessageRoleUser),
		Content: text,
	}))
}

func waited(thread, run string) openai.Run {
	for {
		seen := must(client.RetrieveRun(ctx, thread, run))
		switch seen.Status {
		case openai.RunStatusQueued, openai.RunStatusInProgress, openai.RunStatusCancelling:
			time.Sleep(50 * time.Millisecond)
		default:
			return seen
		}
	}
}

func ran(thread, assistant string) string {
	run := must(client.CreateRun(ctx, thread, openai.RunRequest{AssistantID: assistant})).ID
	waited(thread, run)
	return run
}

func answer(thread string) *openai.MessageText {
	list := must(client.ListMessage(ctx, thread, to(10), to("desc"), nil, nil, nil))
	return list.Messages[0].Content[0].Text
}

func uploaded() string {
	return must(client.CreateFile(ctx, openai.FileRequest{
		FilePath: filepath.Join(os.Getenv("SAMPLES"), "harbour.txt"),
		Purpose:  string(openai.PurposeAssistants),
	})).ID
}

func indexed(file string) string {
	store := must(client.CreateVectorStore(ctx, openai.VectorStoreRequest{Name: "Harbours"})).ID
	must(client.CreateVectorStoreFile(ctx, store, openai.VectorStoreFileRequest{FileID: file}))
	for must(client.RetrieveVectorStoreFile(ctx, store, file)).Status != "completed" {
		time.Sleep(50 * time.Millisecond)
	}
	return store
}

func failure(err error) []any {
	var failed *openai.APIError
	if errors.As(err, &failed) {
		return []any{failed.HTTPStatusCode, failed.Type, failed.Code, failed.Param}
	}
	return []any{"another error", fmt.Sprint(err)}
}

func objects() any {
	id := assistant(openai.AssistantRequest{
		Name:         to("Forecaster"),
		Instructions: to("Be brief."),
		Tools: []openai.AssistantTool{
			weather,
			{Type: openai.AssistantToolTypeFileSearch},
			{Type: openai.AssistantToolTypeCodeInterpreter},
		},
		// Go writes the empty lists in here as null.
		ToolResources: &openai.AssistantToolResource{
			FileSearch:      &openai.AssistantToolFileSearch{},
			CodeInterpreter: &openai.AssistantToolCodeInterpreter{},
		},
		Metadata: map[string]any{"n": "1"},
	})
	must(client.RetrieveAssistant(ctx, id))
	// The request always has a model, even if it is empty.
	changed := must(client.ModifyAssistant(ctx, id, openai.AssistantRequest{
		Model: "scripted-1",
		Name:  to("Teacher"),
		Tools: []openai.AssistantTool{},
	}))
	thread := must(client.CreateThread(ctx, openai.ThreadRequest{})).ID
	must(client.RetrieveThread(ctx, thread))
	must(client.ModifyThread(ctx, thread, openai.ModifyThreadRequest{
		Metadata: map[string]any{"name": "Zoë’s thread"},
	}))
	must(client.ModifyThread(ctx, thread, openai.ModifyThreadRequest{}))
	message := say(thread, "2 < 3 & 5 > 4?").ID
	must(client.RetrieveMessage(ctx, thread, message))
	must(client.ModifyMessage(ctx, thread, message, map[string]string{"name": "sum"}))
	gone := []bool{
		must(client.DeleteMessage(ctx, thread, message)).Deleted,
		must(client.DeleteThread(ctx, thread)).Deleted,
		must(client.DeleteAssistant(ctx, id)).Deleted,
	}
	return []any{*changed.Name, len(changed.Tools), gone}
}

func lists() any {
	for _, name := range []string{"one", "two", "three"} {
		assistant(openai.AssistantRequest{Name: to(name)})
	}
	page := must(client.ListAssistants(ctx, to(2), nil, nil, nil))
	must(client.ListAssistants(ctx, to(2), to("desc"), page.LastID, nil))
	thread := asked("one")
	say(thread, "two")
	say(thread, "three")
	list := func(limit *int, after, before *string) openai.MessagesList {
		return must(client.ListMessage(ctx, thread, limit, to("asc"), after, before, nil))
	}
	first := list(to(2), nil, nil)
	next := list(to(2), first.LastID, nil)
	back := list(to(2), nil, next.FirstID)
	empty := list(nil, next.LastID, nil)
	must(client.ListRuns(ctx, thread, openai.Pagination{Limit: to(3)}))
	sizes := []any{}
	for _, page := range []openai.MessagesList{first, next, back, empty} {
		sizes = append(sizes, []any{len(page.Messages), page.HasMore})
	}
	return sizes
}

func files() any {
	file := uploaded()
	note := must(client.CreateFileBytes(ctx, openai.FileBytesRequest{
		Name:    "Kündigung.md",
		Bytes:   []byte("A note."),
		Purpose: openai.PurposeAssistants,
	})).ID
	must(client.GetFile(ctx, file))
	must(client.ListFiles(ctx))
	raw := must(client.GetFileContent(ctx, file))
	content := string(must(io.ReadAll(raw)))
	store := indexed(file)
	must(client.RetrieveVectorStore(ctx, store))
	must(client.ListVectorStores(ctx, openai.Pagination{Limit: to(2)}))
	changed := must(client.ModifyVectorStore(ctx, store, openai.VectorStoreRequest{
		Name:         "Ports",
		ExpiresAfter: &openai.VectorStoreExpires{Anchor: "last_active_at", Days: 7},
	}))
	must(client.ListVectorStoreFiles(ctx, store, openai.Pagination{Limit: to(10)}))
	batch := must(client.CreateVectorStoreFileBatch(ctx, store, openai.VectorStoreFileBatchRequest{
		FileIDs: []string{note},
	})).ID
	for must(client.RetrieveVectorStoreFileBatch(ctx, store, batch)).Status == "in_progress" {
		time.Sleep(50 * time.Millisecond)
	}
	must(client.ListVectorStoreFilesInBatch(ctx, store, batch, openai.Pagination{}))
	check(client.DeleteVectorStoreFile(ctx, store, file))
	gone := must(client.DeleteVectorStore(ctx, store)).Deleted
	check(client.DeleteFile(ctx, file))
	return []any{content, changed.ExpiresAfter, gone}
}

func runs() any {
	assistant := assistant(openai.AssistantRequest{Instructions: to("Be brief.")})
	thread := asked("How warm is it in Paris?")
	run := ran(thread, assistant)
	must(client.ModifyRun(ctx, thread, run, openai.RunModifyRequest{
		Metadata: map[string]any{"name": "first"},
	}))
	step := must(client.ListRunSteps(ctx, thread, run, openai.Pagination{Limit: to(10)})).RunSteps[0].ID
	must(client.RetrieveRunStep(ctx, thread, run, step))
	must(client.ListRuns(ctx, thread, openai.Pagination{Limit: to(10)}))
	both := must(client.CreateThreadAndRun(ctx, openai.CreateThreadAndRunRequest{
		RunRequest: openai.RunRequest{
			AssistantID:       assistant,
			ToolChoice:        "auto",
			ParallelToolCalls: false,
			TruncationStrategy: &openai.ThreadTruncationStrategy{
				Type:         openai.TruncationStrategyLastMessages,
				LastMessages: to(5),
			},
		},
		Thread: openai.ThreadRequest{Messages: []openai.ThreadMessage{
			{Role: openai.ThreadMessageRoleUser, Content: "And now?"},
		}},
	}))
	waited(both.ThreadID, both.ID)
	return []any{answer(thread), answer(both.ThreadID)}
}

func calls() any {
	assistant := assistant(openai.AssistantRequest{Tools: []openai.AssistantTool{weather}})
	thread := asked("How warm is it in Paris?")
	run := ran(thread, assistant)
	outputs := []openai.ToolOutput{}
	for _, call := range waited(thread, run).RequiredAction.SubmitToolOutputs.ToolCalls {
		output := call.Function.Name + ": 11 degrees"
		outputs = append(outputs, openai.ToolOutput{ToolCallID: call.ID, Output: output})
	}
	must(client.SubmitToolOutputs(ctx, thread, run, openai.SubmitToolOutputsRequest{ToolOutputs: outputs}))
	waited(thread, run)
	must(client.ListRunSteps(ctx, thread, run, openai.Pagination{Order: to("asc")}))
	return answer(thread)
}

func citations() any {
	store := indexed(uploaded())
	assistant := assistant(openai.AssistantRequest{
		Tools: []openai.AssistantTool{{Type: openai.AssistantToolTypeFileSearch}},
		ToolResources: &openai.AssistantToolResource{
			FileSearch: &openai.AssistantToolFileSearch{VectorStoreIDs: []string{store}},
		},
	})
	thread := asked("When was the harbour built?")
	run := ran(thread, assistant)
	must(client.ListRunSteps(ctx, thread, run, openai.Pagination{}))
	return answer(thread)
}

func code() any {
	assistant := assistant(openai.AssistantRequest{
		Tools: []openai.AssistantTool{{Type: openai.AssistantToolTypeCodeInterpreter}},
	})
	thread := asked("Write a file.")
	run := ran(thread, assistant)
	must(client.ListRunSteps(ctx, thread, run, openai.Pagination{}))
	text := answer(thread)
	file := text.Annotations[0].(map[string]any)["file_path"].(map[string]any)["file_id"].(string)
	raw := must(client.GetFileContent(ctx, file))
	return []any{text, string(must(io.ReadAll(raw)))}
}

func failures() any {
	_, unknown := client.RetrieveAssistant(ctx, "asst_nobody")
	_, key := clientWith("sk-wrong").ListAssistants(ctx, nil, nil, nil, nil)
	_, hot := client.CreateAssistant(ctx, openai.AssistantRequest{
		Model:       "scripted-1",
		Temperature: to(float32(9)),
	})
	return [][]any{failure(unknown), failure(key), failure(hot)}
}

func main() {
	stories := map[string]func() any{
		"objects":   objects,
		"lists":     lists,
		"files":     files,
		"runs":      runs,
		"calls":     calls,
		"citations": citations,
		"code":      code,
		"errors":    failures,
	}
	if os.Args[1] == "stories" {
		for name := range stories {
			fmt.Println(name)
		}
		return
	}
	fmt.Println(string(must(json.Marshal(stories[os.Args[1]]()))))
}
