import { observeOpenAI } from "@langfuse/openai";
import { LangfuseSpanProcessor } from "@langfuse/otel";
import { NodeSDK } from "@opentelemetry/sdk-node";
import OpenAI from "openai";

const telemetry = new NodeSDK({ spanProcessors: [new LangfuseSpanProcessor()] });
telemetry.start();

const client = observeOpenAI(new OpenAI({ maxRetries: 0 }));
const asked = { model: "gpt-4o-mini", messages: [{ role: "user", content: "How are you?" }] };
await client.chat.completions.create(asked);
const stream = await client.chat.completions.create({ ...asked, stream: true, stream_options: { include_usage: true } });
for await (const _ of stream);
await telemetry.shutdown();
