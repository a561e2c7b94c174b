export { type GraphedPlugin, type GraphSurvey, type SurveyedNeed, surveyGraph } from "./survey-graph.ts";
