import { createOpenAI } from "@ai-sdk/openai";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { NodeSDK } from "@opentelemetry/sdk-node";
import { embed, generateText, streamText } from "ai";

const telemetry = new NodeSDK({ traceExporter: new OTLPTraceExporter() });
telemetry.start();

const openai = createOpenAI({ baseURL: process.env.OPENAI_BASE_URL });
const asked = { prompt: "How are you?", experimental_telemetry: { isEnabled: true } };
await generateText({ model: openai.chat("gpt-4o-mini"), ...asked });
await streamText({ model: openai.chat("gpt-4o-mini"), ...asked }).consumeStream();
await generateText({ model: openai.responses("gpt-4o-mini"), ...asked });
await embed({ model: openai.embedding("text-embedding-3-small"), value: "Hello", ...asked });
await telemetry.shutdown();
