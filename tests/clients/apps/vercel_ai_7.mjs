import { OpenTelemetry } from "@ai-sdk/otel";
import { createOpenAI } from "@ai-sdk/openai";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { NodeSDK } from "@opentelemetry/sdk-node";
import { embed, generateText, registerTelemetry, streamText } from "ai";

const telemetry = new NodeSDK({ traceExporter: new OTLPTraceExporter() });
telemetry.start();
registerTelemetry(new OpenTelemetry());

const openai = createOpenAI({ baseURL: process.env.OPENAI_BASE_URL });
await generateText({ model: openai.chat("gpt-4o-mini"), prompt: "How are you?" });
await streamText({ model: openai.chat("gpt-4o-mini"), prompt: "How are you?" }).consumeStream();
await generateText({ model: openai.responses("gpt-4o-mini"), prompt: "How are you?" });
await embed({ model: openai.embedding("text-embedding-3-small"), value: "Hello" });
await telemetry.shutdown();
